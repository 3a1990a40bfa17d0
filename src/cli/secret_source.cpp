#include "cli/secret_source.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "cli/signals.hpp"
#include "valise/error.hpp"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to us

namespace valise::cli {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::usage, what + ": " + std::strerror(errno));
}

// Reads to the end into guarded memory; nothing of it passes through any other buffer.
Secret read_all(int fd, const std::string& what) {
  Secret secret(kSecretBytesMax + 1);
  std::size_t size = 0;
  while (size < secret.size()) {
    wait_readable(fd);
    const ssize_t count = ::read(fd, secret.mutable_view().data() + size, secret.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(what + " cannot be read");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > kSecretBytesMax) {
    throw Error(ErrorKind::limit, what + " holds more than 4,096 bytes: this is no passphrase");
  }
  secret.truncate(size);
  return secret;
}

Secret finish(Secret secret, const std::string& what) {
  strip_newline(secret);
  if (secret.empty()) throw Error(ErrorKind::usage, what + " is empty");
  return secret;
}

struct Descriptor {
  int fd = -1;
  ~Descriptor() { reset(); }
  void reset() noexcept {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

// The child gets the pipe as its stdout, and the default actions of the signals that valise
// handles or ignores.
pid_t start_shell(const std::string& command, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) sigaddset(&defaults, number);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::string shell = "sh";
  std::string option = "-c";
  std::string script = command;
  std::array<char*, 4> arguments{shell.data(), option.data(), script.data(), nullptr};
  pid_t child = -1;
  const int failed =
      posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed == 0) return child;
  errno = failed;
  fail("the passphrase command cannot be started");
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

void strip_newline(Secret& secret) {
  std::size_t size = secret.size();
  if (size > 0 && secret.view()[size - 1] == '\n') {
    --size;
    if (size > 0 && secret.view()[size - 1] == '\r') --size;
  }
  if (size != secret.size()) secret.truncate(size);
}

Secret read_secret_file(const std::filesystem::path& path) {
  const std::string what = "the secret file " + path.string();
  // A pipe is as good as a file ("<(...)" of a shell is one), and is waited for.
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail(what + " cannot be opened");
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
    throw Error(ErrorKind::usage, what + " is neither a file nor a pipe");
  }
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC)};
  if (file.fd < 0) fail(what + " cannot be opened");
  return finish(read_all(file.fd, what), what);
}

Secret read_secret_fd(int fd) {
  const std::string what = "the descriptor " + std::to_string(fd);
  struct stat status {};
  if (::fstat(fd, &status) != 0) fail(what + " cannot be read");
  if (isatty(fd) != 0) {
    throw Error(ErrorKind::usage,
                what +
                    " is a terminal, which would show the passphrase; leave the option out to "
                    "be asked for it");
  }
  return finish(read_all(fd, what), what);
}

Secret read_secret_command(const std::string& command) {
  const std::string what = "the passphrase command";
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) fail(what + " gets no pipe");
  Descriptor read_end{ends[0]};
  Descriptor write_end{ends[1]};
  ::fcntl(read_end.fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(write_end.fd, F_SETFD, FD_CLOEXEC);
  const pid_t child = start_shell(command, write_end.fd);
  write_end.reset();
  Secret secret;
  try {
    secret = read_all(read_end.fd, what);
  } catch (const Error&) {
    ::kill(child, SIGTERM);
    wait_for(child);
    throw;
  }
  const int status = wait_for(child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const std::string end = WIFEXITED(status) ? "status " + std::to_string(WEXITSTATUS(status))
                                              : "signal " + std::to_string(WTERMSIG(status));
    throw Error(ErrorKind::usage, what + " failed with " + end + "; run it by hand to see why");
  }
  return finish(std::move(secret), what);
}

}  // namespace valise::cli
