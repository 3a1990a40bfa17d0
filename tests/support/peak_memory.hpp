#pragma once

#include <sys/resource.h>

#include <fstream>
#include <functional>
#include <string>

#include "support/child_process.hpp"
#include "support/effort.hpp"

namespace valise::test {

/// How `work` ended in a child process.
enum class PeakMemory {
  flat,   ///< It returned true, and its peak of memory stayed within `kib_max`.
  grew,   ///< It returned true and needed more.
  wrong,  ///< It returned false, threw, or died.
};

/// KiB of files, the program's own code among them, that are mapped and in memory now; 0 where the
/// system does not tell.
[[nodiscard]] inline long mapped_files_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long kib = 0;
    if (word == "RssFile:" && status >> kib) return kib;
  }
  return 0;
}

/// Runs `work` in a child, whose peak of memory is its own. What it needs to begin with is made
/// before. Sanitizers keep what was freed, or a shadow of it: under them the bound is 16 times as
/// wide, which still tells a refusal from an allocation of what a file claims.
[[nodiscard]] inline PeakMemory peak_memory(long kib_max, const std::function<bool()>& work) {
  const ChildEnd end = run_in_child([&] {
    const long code_before = mapped_files_kib();
    rusage before{};
    getrusage(RUSAGE_SELF, &before);
    if (!work()) return 1;
    rusage after{};
    getrusage(RUSAGE_SELF, &after);
    // How much of the program is brought in with the code that runs depends on what the system has
    // at hand; it is no memory of the work's.
    const long code = mapped_files_kib() - code_before;
    return after.ru_maxrss - before.ru_maxrss - code <= kib_max * (kSanitized ? 16 : 1) ? 0 : 2;
  });
  if (end.exit_code == 0) return PeakMemory::flat;
  return end.exit_code == 2 ? PeakMemory::grew : PeakMemory::wrong;
}

}  // namespace valise::test
