#include "process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

extern char** environ;

namespace valise::bench {

namespace {

constexpr int kCannotStart = 127;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& string : strings) out.push_back(string.data());
  out.push_back(nullptr);
  return out;
}

// Runs in the child, and never returns.
[[noreturn]] void become(const Command& command, int input, int output, int errors) {
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> settings;
  for (const auto& [name, value] : command.environment) settings.push_back(name + "=" + value);
  std::vector<char*> argv_pointers = pointers(argv);
  std::vector<char*> settings_pointers = pointers(settings);
  environ = settings_pointers.data();
  const bool ready = dup2(input, 0) == 0 && dup2(output, 1) == 1 && dup2(errors, 2) == 2 &&
                     (command.folder.empty() || chdir(command.folder.c_str()) == 0);
  if (ready) execvp(argv_pointers[0], argv_pointers.data());
  std::perror(command.argv[0].c_str());
  _exit(kCannotStart);
}

/// A file descriptor that closes itself, here and on exec.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {
    if (number_ < 0) fail("open");
    fcntl(number_, F_SETFD, FD_CLOEXEC);
  }
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

Descriptor open_output(const std::filesystem::path& path) {
  if (path.empty()) return Descriptor(open("/dev/null", O_WRONLY));
  return Descriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
}

Cost wait_for(pid_t child, int& status) {
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) fail("wait4");
  }
#ifdef __APPLE__
  constexpr std::int64_t kPeakUnit = 1;
#else
  constexpr std::int64_t kPeakUnit = 1024;
#endif
  return {.wall_s = 0,
          .cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime),
          .peak_bytes = std::int64_t{usage.ru_maxrss} * kPeakUnit};
}

// The end of what the commands said on stderr; `file` has no name.
std::string last_words(int file) {
  std::array<char, 2000> buffer{};
  const off_t size = lseek(file, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(buffer.size()));
  const ssize_t got = pread(file, buffer.data(), buffer.size(), from);
  return got <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(got));
}

Descriptor open_unnamed() {
  std::string name = (std::filesystem::temp_directory_path() / "side-by-side-XXXXXX").string();
  Descriptor file(mkstemp(name.data()));
  unlink(name.c_str());
  return file;
}

}  // namespace

Cost operator+(const Cost& first, const Cost& second) {
  return {.wall_s = first.wall_s + second.wall_s,
          .cpu_s = first.cpu_s + second.cpu_s,
          .peak_bytes = std::max(first.peak_bytes, second.peak_bytes)};
}

Cost run(const Command& command) { return run_pipe({command}); }

Cost run_pipe(const std::vector<Command>& commands) {
  const Descriptor errors = open_unnamed();
  Descriptor input(open("/dev/null", O_RDONLY));
  std::vector<pid_t> children;
  const auto begin = std::chrono::steady_clock::now();
  for (const Command& command : commands) {
    std::array<int, 2> ends{-1, -1};
    const bool last = &command == &commands.back();
    if (!last && pipe(ends.data()) != 0) fail("pipe");
    const Descriptor output = last ? open_output(command.output_to) : Descriptor(ends[1]);
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) become(command, input.number(), output.number(), errors.number());
    children.push_back(child);
    if (!last) input = Descriptor(ends[0]);
  }
  Cost total;
  std::string failed;
  for (std::size_t i = 0; i < children.size(); ++i) {
    int status = 0;
    const Cost cost = wait_for(children[i], status);
    total.cpu_s += cost.cpu_s;
    total.peak_bytes += cost.peak_bytes;
    if (status != 0 && failed.empty()) {
      for (const std::string& word : commands[i].argv) failed += word + " ";
      failed += WIFEXITED(status) ? "exited with " + std::to_string(WEXITSTATUS(status))
                                  : "was ended by signal " + std::to_string(WTERMSIG(status));
    }
  }
  const auto end = std::chrono::steady_clock::now();
  total.wall_s = std::chrono::duration<double>(end - begin).count();
  if (!failed.empty()) throw std::runtime_error(failed + "\n" + last_words(errors.number()));
  return total;
}

void run_in_child(const std::function<void()>& work) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    int code = 0;
    try {
      work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      code = 1;
    }
    _exit(code);
  }
  int status = 0;
  wait_for(child, status);
  if (status != 0) throw std::runtime_error("the sample could not be made");
}

}  // namespace valise::bench
