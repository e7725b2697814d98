// SPDX-License-Identifier: MIT
// Every wait can be bounded: by a deadline, by a stop token, or by stopping the scope that owns the task. An
// operation that ends early loses no byte.
#include <array>
#include <iostream>
#include <stop_token>

#include <fairlead/fairlead.hpp>

using namespace fairlead;
using namespace std::chrono_literals;

void say(std::string_view what, const result<std::size_t>& r) {
  std::cout << what << ": " << (r ? std::to_string(*r) + " bytes" : r.error().message()) << '\n';
}

task<result<std::size_t>> two_words(unix_stream& from) {
  std::array<char, 5> word;
  const std::size_t first = co_await or_return(from.recv_exactly(word));
  co_return first + co_await or_return(from.recv_exactly(word));
}

task<result<void>> ask_to_stop(std::stop_source source) {
  co_await or_return(sleep_for(20ms));
  source.request_stop();
  co_return {};
}

task<result<void>> tour() {
  auto [ours, theirs] = co_await or_return(unix_stream::pair());
  std::array<char, 5> word;

  // A deadline on one operation. It is counted from the moment the operation starts.
  say("nobody speaks", co_await ours.recv(word).within(20ms));

  // A deadline on a task bounds all that it does: here the first word comes in time, the second does not.
  co_await or_return(theirs.send("first"));
  say("two words", co_await two_words(ours).within(20ms));

  // A stop token. Any thread may ask for the stop; here another task does.
  scope others;
  std::stop_source source;
  others.spawn(ask_to_stop(source));
  say("until somebody asks to stop", co_await ours.recv(word).stop_on(source.get_token()));

  // A scope: stopping it stops the tasks in it and all that they wait for. join() gives the first error.
  others.spawn(two_words(ours));
  others.request_stop();
  if (const auto end = co_await others.join(); !end) std::cout << "a task: " << end.error().message() << '\n';

  // Whatever was cancelled above: the bytes that come now are all there.
  co_await or_return(theirs.send("after"));
  say("nothing was lost", co_await ours.recv_exactly(word));
  co_return {};
}

int main() { return run(tour()) ? 0 : 1; }
