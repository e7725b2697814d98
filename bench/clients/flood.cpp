// SPDX-License-Identifier: MIT
// Measures what one flooding connection does to a thousand quiet ones of an echo server. The flood keeps
// WINDOW bytes under way; the quiet ones take turns, each with a message of 64 bytes, RATE a second in all,
// and wait for their answers. Latency counts from when a message was due. With a window of 0 there is no
// flood. Usage: bench-client-flood CONNECTIONS RATE WINDOW MILLISECONDS -- SERVER... Prints lines "metric
// unit better value" for bench/support/pairs.sh.
#include <fcntl.h>
#include <sys/epoll.h>

#include <vector>

#include "../support/percentiles.hpp"
#include "drive.hpp"

namespace {

constexpr std::size_t message_size = 64;

struct quiet_one {
  int fd = -1;
  unsigned number = 0;
  std::size_t come = 0;
  double due = 0;  // 0: nothing under way
};

class quiet_ones {
 public:
  quiet_ones(const drive::server& to, int connections) : all_(static_cast<std::size_t>(connections)) {
    for (quiet_one& q : all_) {
      q.fd = to.connect(static_cast<int>(&q - all_.data()));
      fcntl(q.fd, F_SETFL, O_NONBLOCK);
      epoll_event e{};
      e.events = EPOLLIN;
      e.data.ptr = &q;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, q.fd, &e);
    }
  }
  void speak(double due) {
    quiet_one& q = all_[next_++ % all_.size()];
    if (q.due != 0) {  // the last of its messages is still under way: this one was due, and is late
      ++late_;
      return;
    }
    ++q.number;
    q.come = 0;
    q.due = due;
    compose(q);
    if (send(q.fd, message_, message_size, MSG_NOSIGNAL) != message_size) drive::give_up("send");
  }
  void hear(std::vector<double>& took) {
    epoll_event ready[64];
    const int n = epoll_wait(epoll_, ready, 64, 0);
    for (int i = 0; i < n; ++i) {
      quiet_one& q = *static_cast<quiet_one*>(ready[i].data.ptr);
      char answer[message_size];
      compose(q);
      const ssize_t got = recv(q.fd, answer, message_size - q.come, 0);
      if (got <= 0 || std::memcmp(answer, message_ + q.come, static_cast<std::size_t>(got)) != 0) {
        drive::give_up("the echo is not what was sent");
      }
      q.come += static_cast<std::size_t>(got);
      if (q.come < message_size) continue;
      took.push_back(drive::now() - q.due);
      q.due = 0;
    }
  }
  [[nodiscard]] long late() const { return late_; }

 private:
  void compose(const quiet_one& q) {
    std::memset(message_, static_cast<int>('a' + q.number % 26), message_size);
    std::memcpy(message_, &q.number, sizeof q.number);
  }

  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<quiet_one> all_;
  std::size_t next_ = 0;
  long late_ = 0;
  char message_[message_size] = {};
};

// Sends and receives without waiting, a piece of each at a time, and checks every byte: they count up.
class flood {
 public:
  flood(const drive::server& to, std::size_t window) : fd_(to.connect()), window_(window) {
    fcntl(fd_, F_SETFL, O_NONBLOCK);
    for (std::size_t i = 0; i < sizeof pattern_; ++i) pattern_[i] = static_cast<char>(i);
  }
  void go_on() {
    if (window_ == 0) return;
    const std::size_t room = window_ - static_cast<std::size_t>(sent_ - came_);
    if (room > 0) {
      const ssize_t n = send(fd_, pattern_ + sent_ % 256, room < piece ? room : piece, MSG_NOSIGNAL);
      if (n < 0 && errno != EAGAIN) drive::give_up("send");
      if (n > 0) sent_ += static_cast<unsigned long long>(n);
    }
    char answer[piece];
    const ssize_t n = recv(fd_, answer, sizeof answer, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) drive::give_up("recv");
    if (n < 0) return;
    if (std::memcmp(answer, pattern_ + came_ % 256, static_cast<std::size_t>(n)) != 0) {
      drive::give_up("the flood is not what was sent");
    }
    came_ += static_cast<unsigned long long>(n);
  }
  [[nodiscard]] unsigned long long came() const { return came_; }

 private:
  static constexpr std::size_t piece = 16384;
  int fd_;
  std::size_t window_;
  unsigned long long sent_ = 0;
  unsigned long long came_ = 0;
  char pattern_[piece + 256];
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) {
    return std::fputs("usage: bench-client-flood CONNECTIONS RATE WINDOW MILLISECONDS -- SERVER...\n",
                      stderr),
           2;
  }
  const double each = 1 / std::atof(argv[2]);
  const double span = std::atof(argv[4]) / 1000;
  drive::allow_many_descriptors();
  drive::server server(argv + 6);
  quiet_ones quiet(server, std::atoi(argv[1]));
  flood loud(server, static_cast<std::size_t>(std::atol(argv[3])));
  std::vector<double> took;
  took.reserve(1000000);
  // A tenth of the time is for warming up.
  const double warm = drive::now() + span / 10;
  double disturbed = -1;
  unsigned long long came = 0;
  double at = drive::now();
  for (double due = at; at < warm + span; at = drive::now()) {
    if (disturbed < 0 && at >= warm) {
      disturbed = server.disturbed();
      came = loud.came();
      took.clear();
    }
    if (at >= due) quiet.speak(due), due += each;
    loud.go_on();
    quiet.hear(took);
  }
  std::printf("disturbed share - %.4f\n", (server.disturbed() - disturbed) / span);
  std::printf("flood GB/s - %.3f\n", static_cast<double>(loud.came() - came) / span / 1e9);
  std::printf("late messages - %ld\n", quiet.late());
  return print_percentiles(took) ? 0 : 1;
}
