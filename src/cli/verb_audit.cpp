#include "cli/audit_html.hpp"
#include "cli/audit_inputs.hpp"
#include "cli/audit_json.hpp"
#include "cli/audit_text.hpp"
#include "cli/audit_wording.hpp"
#include "cli/output_path.hpp"
#include "cli/text_out.hpp"
#include "cli/verb.hpp"
#include "valise/audit.hpp"
#include "valise/audit_database.hpp"

namespace valise::cli {

namespace {

// Hands one audit to several sinks, and keeps the exit code: that of the first vault of which
// there is something to say.
class AuditFan final : public AuditSink {
 public:
  explicit AuditFan(bool strict) : strict_(strict) {}
  void add(std::unique_ptr<AuditSink> sink) { sinks_.push_back(std::move(sink)); }
  void set_on_unreadable(std::function<void(const std::filesystem::path&, const Error&)> call) {
    on_unreadable_ = std::move(call);
  }
  [[nodiscard]] int exit_code() const noexcept { return exit_code_; }

  void begin(const AuditedVault& vault) override {
    for (const auto& sink : sinks_) sink->begin(vault);
  }
  void backup(const AuditedVault& vault, const AuditedBackup& row) override {
    for (const auto& sink : sinks_) sink->backup(vault, row);
  }
  void finding(const AuditedVault& vault, const AuditFinding& finding) override {
    for (const auto& sink : sinks_) sink->finding(vault, finding);
  }
  void end(const AuditedVault& vault) override {
    for (const auto& sink : sinks_) sink->end(vault);
    if (vault.errors > 0 || (strict_ && vault.warnings > 0)) note(ErrorKind::audit_finding);
  }
  void unreadable(const std::filesystem::path& folder, const Error& error) override {
    on_unreadable_(folder, error);
    for (const auto& sink : sinks_) sink->unreadable(folder, error);
    note(error.kind());
  }
  void total(const AuditTotal& total) override {
    for (const auto& sink : sinks_) sink->total(total);
    if (strict_ && total.checkpoint_unused > 0) note(ErrorKind::audit_finding);
  }

 private:
  void note(ErrorKind kind) noexcept {
    if (exit_code_ == 0) exit_code_ = static_cast<int>(kind);
  }

  bool strict_;
  std::vector<std::unique_ptr<AuditSink>> sinks_;
  std::function<void(const std::filesystem::path&, const Error&)> on_unreadable_;
  int exit_code_ = 0;
};

class AuditVerb : public Verb {
 public:
  explicit AuditVerb(CLI::App& app)
      : Verb(*app.add_subcommand("audit", "Show who can open each backup, with proof")) {
    command()
        .add_option("DIR", folders_, "Vaults (default: the one of --vault)")
        ->type_name("DIR")
        ->option_text("...");
    command()
        .add_option("--vaults-from", vaults_from_,
                    "A list of vaults, one path a line; - is standard input")
        ->type_name("FILE");
    command()
        .add_option("--pin", pins_,
                    "The owner's card, or a folder of cards, one of which the vault must match")
        ->type_name("FILE")
        ->allow_extra_args(false);
    command()
        .add_option("--checkpoint", checkpoint_,
                    "Checkpoint lines of an earlier audit, which the vault must not contradict")
        ->type_name("FILE");
    command()
        .add_option("--max-age", max_age_,
                    "A source without a backup younger than this is overdue: 36h, 2d, 4w")
        ->type_name("AGE");
    command().add_flag("--strict", strict_, "End with 17 on warnings, too")->option_text(" ");
    command()
        .add_option("--html", html_, "Write the report as a page to this new file")
        ->type_name("FILE");
    command()
        .add_option("--sqlite", sqlite_, "Write the report as a database to this new file")
        ->type_name("FILE");
    command().add_flag("--deep", options_.deep, "Rebuild every slot (L3): asks for the passphrase");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    add_agent_key_option(command(), secret_);
    command().footer(
        "Example:\n"
        "  valise audit\n"
        "  valise audit --pin owner.card --checkpoint last.txt --html report.html /mnt/a/vault\n"
        "  valise audit --vaults-from vaults.txt --pin cards/ --max-age 2d --sqlite audit.db");
  }

  int run(Session& session) override {
    Run run = session.make_run();
    take_options();
    const OneWayEach ways = take_vaults(run);
    const std::vector<std::filesystem::path>& vaults = ways.paths;
    for (const auto& [path, first] : ways.by_link) {
      session.warn(printable_path(path) + ": it leads to the vault that " + printable_path(first) +
                   " names, which is audited once; give a vault once");
    }
    const bool several = vaults.size() > 1 || vaults_from_.has_value();
    if (!several) run.places.vault = vaults.front();
    // Asked here, so that a run without a terminal ends before any work and not after it.
    UnlockSource unlock;
    if (options_.deep) unlock = session.unlock_source(run, secret_);
    AuditFan fan(strict_);
    fan.set_on_unreadable([&](const std::filesystem::path& folder, const Error& error) {
      if (!session.json()) return session.show_error(error);
      Json out = error_json(error);
      set_path(out, "vault_path", folder);
      session.print(out);
      session.note(error.what());
    });
    if (session.json()) {
      fan.add(
          std::make_unique<AuditJson>(several, [&](const Json& object) { session.print(object); }));
    } else {
      fan.add(std::make_unique<AuditText>(several,
                                          [&](const std::string& text) { session.print(text); }));
    }
    if (html_) fan.add(std::make_unique<AuditHtml>(output_path(*html_, "--html")));
    if (sqlite_) fan.add(audit_database(output_path(*sqlite_, "--sqlite")));
    const AuditTotal total = audit_vaults(
        run, vaults, options_,
        [&](const std::filesystem::path& vault) { return unlock_one(session, run, vault); }, fan);
    if (total.checkpoint_unused > 0) {
      session.warn(unused_lines_text(total));
    }
    if (strict_ && fan.exit_code() == 0 && !ways.by_link.empty()) {
      return static_cast<int>(ErrorKind::audit_finding);
    }
    return fan.exit_code();
  }

 private:
  void take_options() {
    for (const std::string& pin : pins_) options_.pins.push_back(absolute_path(pin, "--pin"));
    if (checkpoint_) options_.checkpoint = absolute_path(*checkpoint_, "--checkpoint");
    if (html_ && sqlite_ && output_path(*html_, "--html") == output_path(*sqlite_, "--sqlite")) {
      throw Error(ErrorKind::usage, "--html and --sqlite name one file; give two");
    }
    if (max_age_) options_.max_age_seconds = parse_age(*max_age_, "--max-age");
    if (!options_.deep && secret_.any()) {
      throw Error(ErrorKind::usage,
                  "a key is of use with --deep only: add it, or leave the key out");
    }
  }

  OneWayEach take_vaults(const Run& run) const {
    std::vector<std::filesystem::path> vaults;
    for (const std::string& folder : folders_) vaults.push_back(absolute_path(folder, "DIR"));
    if (vaults_from_) {
      for (auto& path : paths_from(*vaults_from_, "--vaults-from")) {
        vaults.push_back(std::move(path));
      }
    }
    if (vaults.empty()) vaults.push_back(run.places.vault);
    return one_way_each(vaults);
  }

  Unlock unlock_one(Session& session, const Run& run, const std::filesystem::path& vault) const {
    Run one = run;
    one.places.vault = vault;
    return session.unlock_source(one, secret_)();
  }

  std::vector<std::string> folders_;
  std::optional<std::string> vaults_from_;
  std::vector<std::string> pins_;
  std::optional<std::string> checkpoint_;
  std::optional<std::string> max_age_;
  std::optional<std::string> html_;
  std::optional<std::string> sqlite_;
  bool strict_ = false;
  AuditOptions options_;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_audit(CLI::App& app) { return std::make_unique<AuditVerb>(app); }

}  // namespace valise::cli
