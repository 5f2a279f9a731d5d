/*
 * Kubernetes' pod failure policy: what follows from the exit status of an attempt. A program that could not be started has none.
 */
#include "monitor.h"

enum verdict verdict_on(const struct monitor *m)
{
    const struct exit_rules *rules = &m->options->exit_rules;
    int code = m->record.code;
    if (m->record.failure.error || code < 0 || code > 255) return COUNTED;
    for (const struct exit_rule *rule = rules->list; rule < rules->list + rules->count; rule++)
        if (rule->statuses[code]) return rule->verdict;
    return COUNTED;
}
