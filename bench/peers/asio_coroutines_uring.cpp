// SPDX-License-Identifier: MIT
// Asio's coroutines on io_uring instead of epoll.
#define ASIO_HAS_IO_URING 1
#define ASIO_DISABLE_EPOLL 1
#include "asio_coroutines.cpp"
