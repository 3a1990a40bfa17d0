#include "cli/code_keeper.hpp"

#include <utility>

#include "cli/places.hpp"
#include "cli/secret_file.hpp"
#include "valise/error.hpp"

namespace valise::cli {

namespace {

constexpr const char* kWhat = "a recovery code";

}  // namespace

CodeKeeper::CodeKeeper(const std::optional<std::string>& file, std::string what)
    : what_(std::move(what)) {
  if (file) {
    file_ = absolute_path(*file, "--recovery-code-to");
    refuse_existing_file(*file_, kWhat);
    return;
  }
  terminal_ = Terminal::open();
  if (!terminal_) {
    throw Error(ErrorKind::usage,
                "standard input is no terminal to show the recovery code on; use "
                "--recovery-code-to FILE");
  }
}

void CodeKeeper::keep(const Secret& code) {
  if (file_) {
    // Nothing depends on this code yet.
    write_secret_file(*file_, {code.view(), bytes_of("\n")}, kWhat, "nothing was made");
    written_ = true;
    return;
  }
  terminal_->show("\nThe recovery code of " + what_ +
                  ", shown this once. It opens\neverything that the passphrase opens, and always "
                  "exists:\n\n    ");
  terminal_->show_secret(code.view());
  terminal_->show(
      "\n\nWrite it on paper and keep it away from this machine. Whoever holds it can read\nevery "
      "backup; when it and the passphrase are both lost, nobody can. Large and\nsmall letters are "
      "the same, and so are O and 0, and I, L and 1.\n\n");
  terminal_->wait_for_enter("Press Enter when it is written down (Ctrl-C: make nothing). ");
}

std::string CodeKeeper::leftover() const {
  if (!written_) return {};
  return "The code in " + file_->string() +
         " was written before that: remove the file before "
         "the next try if nothing was made";
}

}  // namespace valise::cli
