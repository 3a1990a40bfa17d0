#pragma once

#include <sys/resource.h>

#include <stdexcept>

namespace valise::test {

/// As long as it lives, this process opens no descriptor of a number from `limit` on (EMFILE);
/// those that are open stay so. Nothing else may run meanwhile.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    if (getrlimit(RLIMIT_NOFILE, &old_) != 0) throw std::runtime_error("getrlimit");
    const rlimit lowered{limit, old_.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &lowered) != 0) throw std::runtime_error("setrlimit");
  }
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &old_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit old_{};
};

}  // namespace valise::test
