// SPDX-License-Identifier: MIT
// A TCP client: sends a text, says that no more will come, and prints what comes back.
//   tcp_echo_client ADDRESS [TEXT]     for instance: tcp_echo_client localhost:7007 hello
#include <array>
#include <iostream>

#include <fairlead/fairlead.hpp>

using namespace fairlead;
using namespace std::chrono_literals;

task<result<std::string>> ask(std::string_view address, std::string_view question) {
  any_stream connection = co_await or_return(connect(std::string(address)));
  co_await or_return(connection.send(question));
  co_await or_return(connection.shutdown());  // half-close: we have finished sending, and go on receiving

  std::string answer;
  std::array<char, 4096> piece;
  while (const std::size_t n = co_await or_return(connection.recv(piece))) answer.append(piece.data(), n);
  co_return answer;  // the server has finished, too
}

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: tcp_echo_client ADDRESS [TEXT]\n";
    return 2;
  }
  // Who has nothing else to do blocks: no loop is needed. The deadline covers all of it.
  const result<std::string> answer = ask(argv[1], argc > 2 ? argv[2] : "hello").within(10s).wait();
  if (answer) {
    std::cout << *answer << '\n';
    return 0;
  }
  std::cerr << answer.error().message() << '\n';
  return answer.error() == fault::bad_syntax ? 2 : 1;
}
