#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/files.hpp"
#include "base/retry.hpp"
#include "valise/run.hpp"

namespace valise {
namespace {

// Short beside the seconds that a run takes, long beside the cost of asking.
constexpr std::chrono::milliseconds kAskAgain{50};

}  // namespace

FileLock::FileLock(const std::filesystem::path& path, std::uint64_t wait_seconds,
                   const std::string& what, const Cancellation* cancellation) {
  fd_ = UniqueFd(retry_interrupted(
      [&] { return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600); }));
  if (!fd_) fail_file(ErrorKind::storage, "cannot open the lock", path, errno);
  // flock, not fcntl: it belongs to the open file, so that closing some other descriptor of the
  // same file does not give it away. Asked for again and again, since a blocking call knows
  // neither a deadline nor a cancellation.
  std::chrono::milliseconds waited{0};
  for (;;) {
    if (retry_interrupted([&] { return flock(fd_.get(), LOCK_EX | LOCK_NB); }) == 0) return;
    if (errno != EWOULDBLOCK) fail_file(ErrorKind::storage, "cannot lock", path, errno);
    if (static_cast<std::uint64_t>(waited.count()) / 1000 >= wait_seconds) {
      throw Error(ErrorKind::locked,
                  what +
                      " is in use by another run of valise; wait until it has ended, or let "
                      "this one wait");
    }
    if (cancellation != nullptr) cancellation->throw_if_requested();
    std::this_thread::sleep_for(kAskAgain);
    waited += kAskAgain;
  }
}

}  // namespace valise
