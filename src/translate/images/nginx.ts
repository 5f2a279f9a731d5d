import { existsSync } from 'node:fs';

/**
 * nginx, configured like its official image: in the foreground, log on standard output, `/usr/share/nginx/html` on port 80.
 * The file names are those of the image, so a manifest can mount its own files over them.
 */
export const NGINX_CONF = `user www-data;
worker_processes auto;
error_log stderr notice;
pid /var/run/nginx.pid;
events {
  worker_connections 1024;
}
http {
  client_body_temp_path /var/cache/nginx/client_temp;
  proxy_temp_path /var/cache/nginx/proxy_temp;
  fastcgi_temp_path /var/cache/nginx/fastcgi_temp;
  uwsgi_temp_path /var/cache/nginx/uwsgi_temp;
  scgi_temp_path /var/cache/nginx/scgi_temp;
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
  access_log /dev/stdout main;
  sendfile on;
  keepalive_timeout 65;
  include /etc/nginx/conf.d/*.conf;
}
`;

/** With IPv6, `localhost` resolves to ::1 first. The image's start script adds the same line when the kernel has IPv6. */
export const NGINX_SITE = `server {
  listen 80;
${existsSync('/proc/net/if_inet6') ? '  listen [::]:80;\n' : ''}  server_name localhost;
  location / {
    root /usr/share/nginx/html;
    index index.html index.htm;
  }
}
`;
