#pragma once

#include <optional>
#include <string>
#include <utility>

#include "valise/secret.hpp"

namespace valise::cli {

/// The terminal of the person at it: questions and secrets go here and not to stdout or stderr,
/// which may be files.
class Terminal {
 public:
  /// Nothing when standard input is not a terminal: then nobody would answer, and a verb must not
  /// hang waiting.
  [[nodiscard]] static std::optional<Terminal> open();

  Terminal(Terminal&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Terminal& operator=(Terminal&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  /// Asks for one line that is not shown while it is typed. Throws Error(usage) for nothing or at
  /// the end of input, Error(cancelled).
  [[nodiscard]] Secret ask_secret(const std::string& prompt);
  /// True for "y" or "yes" only.
  [[nodiscard]] bool ask_yes(const std::string& question);
  /// One line as it was typed; nothing at the end of input. Throws Error(cancelled).
  [[nodiscard]] std::optional<std::string> ask_line(const std::string& prompt);
  void wait_for_enter(const std::string& prompt);
  void show(const std::string& text);
  void show_secret(ByteSpan secret);

 private:
  explicit Terminal(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace valise::cli
