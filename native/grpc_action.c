/*
 * The gRPC action of a probe: one call of grpc.health.v1.Health/Check over HTTP/2 without TLS, as the kubelet makes it. The server is told that
 * this client has no dynamic table, so each field of its header blocks stands there whole.
 * RFC 9113 (HTTP/2), RFC 7541 (HPACK), grpc: doc/PROTOCOL-HTTP2.md, doc/health-checking.md
 */
#include "monitor.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4 };                           /* types of frames */
enum { END_STREAM = 0x1, ACK = 0x1, END_HEADERS = 0x4, PADDED = 0x8, PRIORITY = 0x20 };   /* their flags */
enum { FRAME_HEADER = 9, MAX_PAYLOAD = 16384, CONNECTION = 0, CALL = 1 };                  /* the two streams */

struct frame { size_t length; uint8_t type, flags, stream, payload[MAX_PAYLOAD]; };
struct bytes { const uint8_t *at, *end; };
struct answer { enum { NO_STATUS, OK, OTHER_STATUS } status; uint8_t message[16]; size_t length; };

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define NO_TABLE_NO_PUSH "\0\1\0\0\0\0" "\0\2\0\0\0\0"                                      /* HEADER_TABLE_SIZE 0, ENABLE_PUSH 0 */

/*
 * :method, :scheme, :path and the name of :authority, whose value follows; then content-type, te and user-agent. POST and http are in the
 * static table whole, of the others the names, but for te.
 */
#define PSEUDO_FIELDS "\x83\x86" "\x04\x1c/grpc.health.v1.Health/Check" "\x01"
#define FIELDS "\x0f\x10\x10" "application/grpc" "\0\x02te\x08trailers" "\x0f\x2b\x10kube-probe/nslab"

/* A string of the program, without its NUL. */
#define PUT(at, text) put(at, text, sizeof(text) - 1)

static uint8_t *put(uint8_t *at, const void *bytes, size_t length)
{
    return (uint8_t *)memcpy(at, bytes, length) + length;
}

/* For HPACK and protobuf alike: one byte of length, which is less than 127, and the text. */
static uint8_t *put_text(uint8_t *at, const char *text)
{
    size_t length = strlen(text);
    *at++ = (uint8_t)length;
    return put(at, text, length);
}

/* The payload is there already; its header goes before it. */
static void put_header(uint8_t *frame, const uint8_t *end, uint8_t type, uint8_t flags, uint8_t stream)
{
    size_t length = (size_t)(end - frame) - FRAME_HEADER;
    uint8_t header[FRAME_HEADER] = { 0, (uint8_t)(length >> 8), (uint8_t)length, type, flags, 0, 0, 0, stream };
    memcpy(frame, header, sizeof header);
}

static bool send_call(int connection, const struct handler *h)
{
    uint8_t out[512], *frame = PUT(out, PREFACE), *end = PUT(frame + FRAME_HEADER, NO_TABLE_NO_PUSH);
    put_header(frame, end, SETTINGS, 0, CONNECTION);
    frame = end;
    end = PUT(put_text(PUT(frame + FRAME_HEADER, PSEUDO_FIELDS), h->host), FIELDS);
    put_header(frame, end, HEADERS, END_HEADERS, CALL);
    frame = end;
    size_t service = strlen(h->path);
    end = PUT(frame + FRAME_HEADER, "\0\0\0\0");                                            /* not compressed; the length in four bytes */
    *end++ = (uint8_t)(service ? service + 2 : 0);
    if (service) end = put_text(PUT(end, "\x0a"), h->path);                                 /* field 1: service */
    put_header(frame, end, DATA, END_STREAM, CALL);
    return send(connection, out, (size_t)(end - out), MSG_NOSIGNAL) == end - out;
}

static bool read_all(int connection, uint8_t *to, size_t length)
{
    return !length || recv(connection, to, length, MSG_WAITALL) == (ssize_t)length;
}

static bool read_frame(int connection, struct frame *f)
{
    uint8_t header[FRAME_HEADER];
    if (!read_all(connection, header, sizeof header)) return false;
    f->length = (size_t)header[0] << 16 | (size_t)header[1] << 8 | header[2];
    f->type = header[3];
    f->flags = header[4];
    f->stream = header[8];
    return f->length <= MAX_PAYLOAD && read_all(connection, f->payload, f->length);
}

/* Without padding and priority. Empty where their lengths are not true. */
static struct bytes content_of(const struct frame *f)
{
    size_t before = (f->flags & PADDED ? 1 : 0) + (f->type == HEADERS && f->flags & PRIORITY ? 5 : 0);
    size_t after = f->flags & PADDED ? f->payload[0] : 0;
    bool fits = before + after <= f->length;
    return (struct bytes){ f->payload + (fits ? before : 0), f->payload + (fits ? f->length - after : 0) };
}

/* RFC 7541, 5.1: in the low bits of a byte, and where these are all ones in the bytes after it. */
static bool take_integer(struct bytes *from, unsigned bits, size_t *value)
{
    size_t most = (1U << bits) - 1;
    if (from->at == from->end) return false;
    *value = *from->at++ & most;
    for (unsigned shift = 0; *value >= most && shift <= 14; shift += 7) {
        if (from->at == from->end) return false;
        *value += (size_t)(*from->at & 0x7f) << shift;
        if (!(*from->at++ & 0x80)) return true;
    }
    return *value < most;
}

static bool take_text(struct bytes *from, struct bytes *text)
{
    size_t length;
    if (!take_integer(from, 7, &length) || length > (size_t)(from->end - from->at)) return false;
    *text = (struct bytes){ from->at, from->at + length };
    from->at += length;
    return true;
}

static bool is(struct bytes text, const char *wanted)
{
    return (size_t)(text.end - text.at) == strlen(wanted) && !memcmp(text.at, wanted, strlen(wanted));
}

/* The name and a value of 0, plain or in Huffman's code: a server may choose. */
static bool is_status(struct bytes name)
{
    return is(name, "grpc-status") || is(name, "\x9a\xca\xc8\xb2\x12\x34\xda\x8f");
}

static bool is_zero(struct bytes value)
{
    return is(value, "0") || is(value, "\x07");
}

/* RFC 7541, 6: a field of the static table, a size of the dynamic one, or a literal. */
static void read_fields(struct bytes block, struct answer *a)
{
    while (block.at < block.end) {
        struct bytes name = { NULL, NULL }, value;
        uint8_t first = *block.at;
        size_t index;
        if (!take_integer(&block, first & 0x80 ? 7 : first & 0x40 ? 6 : first & 0x20 ? 5 : 4, &index)) return;
        if (first & 0x80 || (first & 0xe0) == 0x20) continue;
        if ((index == 0 && !take_text(&block, &name)) || !take_text(&block, &value)) return;
        if (is_status(name)) a->status = is_zero(value) ? OK : OTHER_STATUS;
    }
}

static void read_data(struct bytes data, struct answer *a)
{
    for (; data.at < data.end && a->length < sizeof a->message; data.at++) a->message[a->length++] = *data.at;
}

/* HealthCheckResponse { status: SERVING }, two bytes: field 1 is 1. */
static int result_of(const struct answer *a)
{
    static const uint8_t serving[] = { 0, 0, 0, 0, 2, 0x08, 1 };
    if (a->status == NO_STATUS) return NO_GRPC_RESPONSE;
    if (a->status == OTHER_STATUS) return GRPC_CALL_FAILED;
    return a->length == sizeof serving && !memcmp(a->message, serving, sizeof serving) ? 0 : NOT_SERVING;
}

int grpc_action(int connection, const struct handler *h)
{
    static const uint8_t acknowledge[FRAME_HEADER] = { 0, 0, 0, SETTINGS, ACK };
    struct answer answer = { .status = NO_STATUS };
    struct frame f;
    if (!send_call(connection, h)) return NO_GRPC_RESPONSE;
    while (read_frame(connection, &f)) {
        if (f.type == SETTINGS && !(f.flags & ACK)) send(connection, acknowledge, sizeof acknowledge, MSG_NOSIGNAL);
        if (f.stream != CALL) continue;
        if (f.type == RST_STREAM) break;
        if (f.type == HEADERS) read_fields(content_of(&f), &answer);
        if (f.type == DATA) read_data(content_of(&f), &answer);
        if (f.type <= HEADERS && f.flags & END_STREAM) return result_of(&answer);
    }
    return NO_GRPC_RESPONSE;
}
