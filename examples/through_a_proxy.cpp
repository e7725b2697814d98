// SPDX-License-Identifier: MIT
// A TCP client behind a proxy: SOCKS5, SOCKS4a, HTTP CONNECT, or several, each asked for the next one.
//   through_a_proxy HOST PORT PROXY...     for instance: through_a_proxy example.org 22
//   socks5://localhost:1080
// Prints the first line that the host says, as mail and SSH servers do when somebody connects.
#include <iostream>
#include <vector>

#include <fairlead/fairlead.hpp>

using namespace fairlead;
using namespace std::chrono_literals;

task<result<std::string>> first_line(std::string host, std::string_view number,
                                     std::vector<std::string> urls) {
  const port p = co_await or_return(port::parse(number));
  std::vector<proxy> chain;
  for (const std::string& u : urls) chain.push_back(co_await or_return(proxy::parse(u)));

  // Our own connection leads to the first proxy. The name of the host is resolved by the last one.
  tcp_stream c = co_await or_return(dial_tcp(chain.front().host(), chain.front().port()));
  auto connection = co_await or_return(connect_through(std::move(c), std::move(chain), std::move(host), p));

  // The line may have come together with the proxy's answer: the stream gives it first.
  buffered_reader reader(connection);
  const auto line = co_await or_return(reader.line());
  co_return std::string(line.value_or("(nothing)"));
}

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: through_a_proxy HOST PORT PROXY...\n";
    return 2;
  }
  const std::vector<std::string> proxies(argv + 3, argv + argc);
  const result<std::string> line = first_line(argv[1], argv[2], proxies).within(10s).wait();
  if (line) {
    std::cout << *line << '\n';
    return 0;
  }
  std::cerr << line.error().message() << '\n';  // says which proxy refused, and why; passwords are not shown
  return line.error() == fault::bad_syntax ? 2 : 1;
}
