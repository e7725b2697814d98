// SPDX-License-Identifier: MIT
// Runs two programs that measure each other: the first, which prints its port and then perhaps figures, on
// the first core, and the second on the second, with the word PORT among its arguments replaced. Passes on
// what both print, and adds how disturbed they were. Fails if one of them does, or is not done in time.
// Usage: bench-client-pair SECONDS -- FIRST... -- SECOND...
#include <poll.h>

#include <string>
#include <vector>

#include "drive.hpp"

namespace {

// Seconds that it waited for a core, once it has ended; -1 if it failed. It is looked at, but not reaped: its
// number stays its own until the end.
double outcome(pid_t process, double until) {
  siginfo_t how{};
  while (waitid(P_PID, static_cast<id_t>(process), &how, WEXITED | WNOWAIT | WNOHANG) == 0 &&
         how.si_pid == 0) {
    if (drive::now() > until) {
      std::fputs("not done in time\n", stderr);
      kill(process, SIGKILL);
    }
    poll(nullptr, 0, 1);
  }
  return how.si_code == CLD_EXITED && how.si_status == 0 ? drive::waited(process) : -1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool serving = argc > 2 && std::strcmp(argv[2], "serving") == 0;
  char** const first_command = argv + (serving ? 4 : 3);
  char** gap = argv + (serving ? 4 : 3);
  while (gap < argv + argc && std::strcmp(*gap, "--") != 0) ++gap;
  if (gap + 1 >= argv + argc) {
    return std::fputs("usage: bench-client-pair SECONDS [serving] -- FIRST... -- SECOND...\n", stderr), 2;
  }
  *gap = nullptr;
  const double begin = drive::now();
  const double until = begin + std::atof(argv[1]);
  drive::server first(first_command);

  std::vector<std::string> words;
  for (char** word = gap + 1; *word != nullptr; ++word) {
    words.emplace_back(*word);
    if (const auto at = words.back().find("PORT"); at != std::string::npos) {
      words.back().replace(at, 4, std::to_string(first.port()));
    }
  }
  std::vector<char*> command;
  for (std::string& word : words) command.push_back(word.data());
  command.push_back(nullptr);
  const pid_t second = fork();
  if (second == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(command[0], command.data());
    drive::give_up(command[0]);
  }
  const double of_second = outcome(second, until);
  if (of_second < 0) return 1;
  const double of_first = serving ? drive::waited(first.process()) : outcome(first.process(), until);
  if (of_first < 0) return 1;
  if (serving) first.stop();
  // At most some lines, which the pipe has kept.
  char line[256];
  while (std::fgets(line, sizeof line, first.said()) != nullptr) {
    if (*line != '\n') std::fputs(line, stdout);
  }
  std::printf("disturbed share - %.4f\n", (of_first + of_second) / (drive::now() - begin));
}
