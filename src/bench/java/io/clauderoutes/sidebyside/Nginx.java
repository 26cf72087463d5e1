package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** nginx as a reverse proxy with connections that are kept alive. */
public final class Nginx {

    private static final String NGINX = """
            daemon off;
            worker_processes 2;
            pid nginx.pid;
            error_log stderr;
            events { worker_connections 4096; }
            http {
              access_log off;
              client_body_temp_path body; proxy_temp_path proxy;
              fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              upstream api { server 127.0.0.1:%d; keepalive 512; keepalive_requests 100000000; }
              server {
                listen 127.0.0.1:%d backlog=1024;
                keepalive_requests 100000000;
                location / {
                  proxy_pass http://api;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_buffering off;
                }
              }
            }
            """;

    private Nginx() {}

    /** What starts it; its configuration is written into the folder. */
    public static List<String> command(Path folder, int port, int upstreamPort) throws IOException {
        Files.writeString(folder.resolve("nginx.conf"), NGINX.formatted(upstreamPort, port));
        return List.of("nginx", "-e", "stderr", "-p", folder.toString(), "-c", folder + "/nginx.conf");
    }
}
