#ifdef __linux__
#include <doctest/doctest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <fstream>

#include "storage/local_storage.hpp"
#include "support/child_process.hpp"
#include "support/error_kind.hpp"
#include "support/temp_folder.hpp"

using namespace valise;
using namespace valise::test;

namespace {

/// In a child: openat2 answers as a kernel before 5.6 does, or a container that does not know it.
bool forget_openat2() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 &&
         syscall(SYS_openat2, -1, "", nullptr, 0) == -1 && errno == ENOSYS;
}

}  // namespace

TEST_CASE("objects are read part by part where the system cannot do it in one step") {
  const TempFolder folder;
  LocalStorage storage = LocalStorage::create(folder.path() / "vault");
  REQUIRE(put_object(storage, "vault", bytes_of("key")));
  REQUIRE(put_object(storage, "log/a/1", bytes_of("entry")));
  std::filesystem::create_symlink("vault", folder.path() / "vault" / "link");
  std::filesystem::create_directory_symlink("log", folder.path() / "vault" / "log2");
  const auto end = run_in_child([&] {
    if (!forget_openat2()) return 1;
    if (text_of(read_object(storage, "vault", 10)) != "key") return 2;
    if (text_of(read_object(storage, "log/a/1", 10)) != "entry") return 3;
    if (storage.size("log/a/2") || storage.size("log/b/1") || storage.size("log/a/1/x")) return 4;
    std::uint8_t byte = 0;
    const auto read = [&](const char* name) {
      return kind_of([&] { storage.read(name, 0, {&byte, 1}); });
    };
    if (read("log/a/2") != ErrorKind::not_found) return 5;
    if (read("log/a") != ErrorKind::corrupt || read("link") != ErrorKind::corrupt) return 6;
    if (read("log2/a/1") != ErrorKind::storage) return 7;
    return kind_of([&] { static_cast<void>(storage.size("link")); }) == ErrorKind::corrupt ? 0 : 8;
  });
  CHECK(end.exit_code == 0);
}
#endif
