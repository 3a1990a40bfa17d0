#include "cli/code_keeper.hpp"

#include <utility>

#include "cli/output_path.hpp"
#include "cli/secret_file.hpp"
#include "valise/error.hpp"

namespace valise::cli {

namespace {

constexpr const char* kWhat = "a recovery code";

std::string opens_text(const CodePurpose& purpose) {
  std::string text = "\nThe recovery code of " + purpose.what + ", shown this once. ";
  if (purpose.agent) {
    text += purpose.has_passphrase ? "It opens\nthe agent's key, as the passphrase does"
                                   : "There is\nno passphrase: it alone opens the agent's key";
  } else {
    text += purpose.has_passphrase
                ? "It opens\neverything that the passphrase opens, and always exists"
                : "There is\nno passphrase: it alone opens the vault";
  }
  return text + ":\n\n    ";
}

std::string care_text(const CodePurpose& purpose) {
  std::string text =
      "\n\nWrite it on paper and keep it away from this machine. Whoever holds it can ";
  text += purpose.agent ? "do\nwhat the agent can" : "read\nevery backup";
  text += purpose.has_passphrase ? "; when it and the passphrase are both lost, "
                                 : "; when it is lost, ";
  text += purpose.agent ? "the agent\ncan open nothing any more" : "nobody can";
  return text + ". Large and\nsmall letters are the same, and so are O and 0, and I, L and 1.\n\n";
}

}  // namespace

CodeKeeper::CodeKeeper(const std::optional<std::string>& file, CodePurpose purpose)
    : purpose_(std::move(purpose)) {
  if (file) {
    file_ = output_path(*file, "--recovery-code-to", purpose_.unmade_vault);
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
  terminal_->show(opens_text(purpose_));
  terminal_->show_secret(code.view());
  terminal_->show(care_text(purpose_));
  terminal_->wait_for_enter("Press Enter when it is written down (Ctrl-C: make nothing). ");
}

std::string CodeKeeper::leftover() const {
  if (!written_) return {};
  return "The code in " + file_->string() +
         " was written before that: remove the file before "
         "the next try if nothing was made";
}

}  // namespace valise::cli
