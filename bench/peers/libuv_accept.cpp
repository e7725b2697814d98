// SPDX-License-Identifier: MIT
// Gives every connection one byte and closes it, on libuv.
#include <netinet/in.h>
#include <uv.h>

#include <cstdio>
#include <cstdlib>

namespace {

void closed(uv_handle_t* handle) { free(handle); }

void connected(uv_stream_t* server, int status) {
  if (status < 0) return;
  auto* const peer = static_cast<uv_tcp_t*>(malloc(sizeof(uv_tcp_t)));
  uv_tcp_init(server->loop, peer);
  if (uv_accept(server, reinterpret_cast<uv_stream_t*>(peer)) != 0) abort();
  char byte = 'x';
  uv_buf_t answer = uv_buf_init(&byte, 1);
  if (uv_try_write(reinterpret_cast<uv_stream_t*>(peer), &answer, 1) != 1) abort();
  uv_close(reinterpret_cast<uv_handle_t*>(peer), closed);
}

}  // namespace

int main() {
  uv_loop_t* const loop = uv_default_loop();
  static uv_tcp_t listener;
  uv_tcp_init(loop, &listener);
  sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_tcp_bind(&listener, reinterpret_cast<sockaddr*>(&address), 0);
  if (uv_listen(reinterpret_cast<uv_stream_t*>(&listener), 4096, connected) != 0) return 1;
  int length = sizeof address;
  uv_tcp_getsockname(&listener, reinterpret_cast<sockaddr*>(&address), &length);
  printf("%u\n", unsigned{ntohs(address.sin_port)});
  fflush(stdout);
  uv_run(loop, UV_RUN_DEFAULT);
}
