/** Apache, configured like its official image: `/usr/local/apache2/htdocs` on port 80, log on standard output. */
export const HTTPD_CONF = `ServerRoot /usr/local/apache2
ServerName localhost
Listen 80
PidFile /run/httpd.pid
Mutex posixsem
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
TypesConfig /usr/local/apache2/conf/mime.types
User www-data
Group www-data
ErrorLog /proc/self/fd/2
LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
CustomLog /proc/self/fd/1 common
DocumentRoot /usr/local/apache2/htdocs
DirectoryIndex index.html
<Directory />
  Require all denied
</Directory>
<Directory /usr/local/apache2/htdocs>
  Require all granted
</Directory>
`;

export const HTTPD_TYPES = `text/html html htm
text/plain txt
text/css css
text/javascript js
application/json json
image/png png
image/svg+xml svg
`;

export const HTTPD_PAGE = '<html><body><h1>It works!</h1></body></html>\n';
