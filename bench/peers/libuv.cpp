// SPDX-License-Identifier: MIT
// The echo server on libuv: tries to write at once, as its documentation recommends, and asks for a write
// request only when that fails.
#include <netinet/in.h>
#include <uv.h>

#include <cstdio>
#include <cstdlib>

namespace {

uv_tcp_t listener;
int left = 20;

void allocate(uv_handle_t*, size_t, uv_buf_t* buffer) {
  static char memory[4096];  // one for all: libuv reads and calls back before it reads again
  *buffer = uv_buf_init(memory, sizeof memory);
}

void closed(uv_handle_t* handle) { free(handle); }

void received(uv_stream_t* stream, ssize_t got, const uv_buf_t* buffer) {
  if (got < 0) return uv_close(reinterpret_cast<uv_handle_t*>(stream), closed);
  uv_buf_t answer = uv_buf_init(buffer->base, static_cast<unsigned>(got));
  // 64 bytes always fit the buffer of a peer that waits for them; a real server would queue the rest.
  if (uv_try_write(stream, &answer, 1) != got) abort();
}

void connected(uv_stream_t* server, int status) {
  if (status < 0 || left == 0) return;
  auto* const peer = static_cast<uv_tcp_t*>(malloc(sizeof(uv_tcp_t)));
  uv_tcp_init(server->loop, peer);
  if (uv_accept(server, reinterpret_cast<uv_stream_t*>(peer)) != 0) abort();
  uv_read_start(reinterpret_cast<uv_stream_t*>(peer), allocate, received);
  if (--left == 0) uv_close(reinterpret_cast<uv_handle_t*>(server), nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) left = atoi(argv[1]);
  uv_loop_t* const loop = uv_default_loop();
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
  uv_loop_close(loop);
}
