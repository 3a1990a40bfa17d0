#include <fmt/format.h>

#include "cli/key_verbs.hpp"
#include "cli/output_path.hpp"
#include "cli/recovery_sheet.hpp"
#include "cli/secret_file.hpp"
#include "cli/text_out.hpp"

namespace valise::cli {

namespace {

constexpr const char* kSheet = "a recovery sheet";

class KeySheetVerb : public Verb {
 public:
  explicit KeySheetVerb(CLI::App& key)
      : Verb(*key.add_subcommand("sheet", "Write a recovery sheet to print")) {
    command()
        .add_option("--html", html_, "The page, a new file that only you can read")
        ->type_name("FILE")
        ->required();
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    command().footer(
        "One page with the recovery code, as text and as a QR code. Print it, then delete\n"
        "the file: whoever reads it can read every backup.\n"
        "\n"
        "Example:\n"
        "  valise key sheet --html sheet.html");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    const std::filesystem::path path = output_path(html_, "--html");
    refuse_existing_file(path, kSheet);
    const RecoverySheet sheet =
        make_recovery_sheet(run, session.unlock_source(run, secret_),
                            [&](const RecoverySheet& facts, const Secret& code) {
                              write_secret_file(path, {recovery_sheet_html(facts, code).view()},
                                                kSheet, "no sheet was made");
                            });
    if (session.json()) {
      Json out{{"type", "summary"}, {"vault", sheet.vault_id}};
      set_path(out, "html", path);
      out["owner_fingerprint"] = sheet.owner_fingerprint;
      session.print(out);
      return 0;
    }
    session.report(fmt::format(
        "The recovery sheet of the vault {} is in {}.\nPrint it, then delete the file: whoever "
        "reads it can read every backup. A printer\nthat keeps what it printed, or a folder that "
        "is synced to a cloud, keeps the code too.\n",
        printable_path(run.places.vault), printable_path(path)));
    return 0;
  }

 private:
  std::string html_;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_key_sheet(CLI::App& key) { return std::make_unique<KeySheetVerb>(key); }

}  // namespace valise::cli
