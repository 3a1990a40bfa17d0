#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace valise::bench {

/// What a command took. CPU and memory are the kernel's own account (wait4): CPU is user plus
/// system time of the process and of the children it waited for.
struct Cost {
  double wall_s = 0;
  double cpu_s = 0;
  std::int64_t peak_bytes = 0;
};

/// One after the other: times add up, the peak is the larger one.
Cost operator+(const Cost& first, const Cost& second);

struct Command {
  std::vector<std::string> argv;
  /// The whole environment: nothing is inherited, so that no tool finds a cache or a setting
  /// of the person who runs the benchmark.
  std::map<std::string, std::string> environment;
  std::filesystem::path folder;     // where it runs
  std::filesystem::path output_to;  // empty: thrown away
};

/// Runs a command and waits for it.
/// Throws std::runtime_error with the end of its stderr when it does not exit with 0.
Cost run(const Command& command);

/// Runs the commands at once, each reading what the one before writes. CPU and peak memory are
/// summed over the stages: they are all in memory together.
Cost run_pipe(const std::vector<Command>& commands);

/// Runs `work` in a child process, so that its memory does not stay in this one: a forked child
/// starts with its parent's resident set, and that would count as the peak of a small command.
void run_in_child(const std::function<void()>& work);

}  // namespace valise::bench
