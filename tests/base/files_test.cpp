#include "base/files.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "support/error_kind.hpp"
#include "support/temp_folder.hpp"
#include "support/texts.hpp"

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

namespace {}  // namespace

TEST_CASE("reads and writes at an offset meet each other and stop at the end") {
  const TempFolder folder;
  const UniqueFd fd = unnamed_file(folder.path());
  CHECK(fs::is_empty(folder.path()));
  write_all(fd.get(), bytes_of("0123456789"), "file");
  write_all_at(fd.get(), bytes_of("abc"), 8, "file");
  Bytes out(20, 0xff);
  CHECK(read_at(fd.get(), out, 0, "file") == 11);
  CHECK(text_of(ByteSpan(out).first(11)) == "01234567abc");
  CHECK(out[11] == 0xff);
  CHECK(read_at(fd.get(), out, 11, "file") == 0);
  CHECK(read_at(fd.get(), {}, 0, "file") == 0);
  sync_file(fd.get(), "file");
}

TEST_CASE("failed reads, writes and syncs name the path") {
  const TempFolder folder;
  const UniqueFd read_only(open(folder.path().c_str(), O_RDONLY | O_CLOEXEC));
  const std::string written =
      message_of([&] { write_all(read_only.get(), bytes_of("x"), "some/path"); });
  CHECK(contains(written, "cannot write some/path: Bad file descriptor"));
  CHECK(kind_of([&] { write_all_at(-1, bytes_of("x"), 0, "p"); }) == ErrorKind::storage);
  std::uint8_t byte = 0;
  CHECK(contains(message_of([&] {
                   static_cast<void>(read_at(read_only.get(), {&byte, 1}, 0, "some/path"));
                 }),
                 "cannot read some/path: Is a directory"));
  CHECK(kind_of([&] { sync_file(-1, "p"); }) == ErrorKind::storage);
  CHECK(kind_of([&] { sync_folder(folder.path() / "none"); }) == ErrorKind::storage);
  CHECK(kind_of([&] { static_cast<void>(unnamed_file(folder.path() / "none")); }) ==
        ErrorKind::storage);
  sync_folder(folder.path());
}

#ifdef __linux__
TEST_CASE("a full disk is an error that says so") {
  const UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  CHECK(contains(message_of([&] { write_all(full.get(), bytes_of("x"), "p"); }),
                 "No space left on device; the disk is full: free some space"));
}
#endif

TEST_CASE("the common failures come with a way out, the others with the system's words") {
  CHECK(contains(system_reason(EROFS), "read-only"));
  CHECK(contains(system_reason(EDQUOT), "quota"));
  CHECK(contains(system_reason(EIO), "failing"));
  CHECK(contains(system_reason(EMFILE), "ulimit -n"));
  CHECK(contains(system_reason(ESTALE), "still connected"));
  CHECK(system_reason(ENOTDIR) == "Not a directory");
  const auto fail = [] { fail_file(ErrorKind::source, "cannot open", "/a/b", ENOENT); };
  CHECK(message_of(fail) == "cannot open /a/b: No such file or directory");
  CHECK(kind_of(fail) == ErrorKind::source);
}

TEST_CASE("a descriptor has one owner and is closed once") {
  const auto is_open = [](int fd) { return fcntl(fd, F_GETFD) != -1; };
  UniqueFd a(open("/", O_RDONLY | O_CLOEXEC));
  const int number = a.get();
  UniqueFd b(std::move(a));
  CHECK(b.get() == number);
  UniqueFd c(open("/", O_RDONLY | O_CLOEXEC));
  const int other = c.get();
  c = std::move(b);
  CHECK(c.get() == number);
  CHECK_FALSE(is_open(other));
  UniqueFd& same = c;
  c = std::move(same);
  CHECK(is_open(number));
  c.reset();
  CHECK_FALSE(is_open(number));
  CHECK_FALSE(c);
}
