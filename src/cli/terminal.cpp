#include "cli/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "cli/secret_source.hpp"
#include "cli/signals.hpp"
#include "valise/error.hpp"

namespace valise::cli {

namespace {

void write_terminal(int fd, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      cancellation().throw_if_requested();
      continue;
    }
    if (written <= 0) throw Error(ErrorKind::internal, "the terminal cannot be written to");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

struct Line {
  Secret text;
  bool complete = false;  ///< It ended with a newline, and not with the end of input.
};

// One line in canonical mode: read() returns at its end.
Line read_line(int fd) {
  Secret line(kSecretBytesMax);
  std::size_t size = 0;
  while (size < line.size()) {
    wait_readable(fd);
    const ssize_t count = ::read(fd, line.mutable_view().data() + size, line.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
    if (line.view()[size - 1] == '\n') break;
  }
  const bool complete = size > 0 && line.view()[size - 1] == '\n';
  if (size == line.size() && !complete) {
    throw Error(ErrorKind::limit, "what was typed is longer than 4,096 bytes");
  }
  line.truncate(size);
  strip_newline(line);
  return {std::move(line), complete};
}

}  // namespace

std::optional<Terminal> Terminal::open() {
  if (isatty(STDIN_FILENO) == 0) return std::nullopt;
  const int fd = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  return Terminal(fd);
}

Terminal::~Terminal() {
  if (fd_ >= 0) ::close(fd_);
}

Secret Terminal::ask_secret(const std::string& prompt) {
  const EchoOff silence(fd_);
  show(prompt);
  Secret line = read_line(fd_).text;
  if (line.empty()) throw Error(ErrorKind::usage, "nothing was typed");
  return line;
}

std::optional<std::string> Terminal::ask_line(const std::string& prompt) {
  show(prompt);
  const Line line = read_line(fd_);
  if (!line.complete && line.text.empty()) return std::nullopt;
  return text_of(line.text.view());
}

bool Terminal::ask_yes(const std::string& question) {
  show(question + " [y/N] ");
  const std::string answer = text_of(read_line(fd_).text.view());
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "YES";
}

void Terminal::wait_for_enter(const std::string& prompt) {
  show(prompt);
  // The end of input is not consent.
  if (!read_line(fd_).complete) throw Error(ErrorKind::usage, "nobody pressed Enter");
}

void Terminal::show(const std::string& text) { write_terminal(fd_, bytes_of(text)); }

void Terminal::show_secret(ByteSpan secret) { write_terminal(fd_, secret); }

}  // namespace valise::cli
