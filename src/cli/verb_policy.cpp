#include <fmt/format.h>

#include "cli/terminal.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "cli/verb.hpp"
#include "valise/policy.hpp"

namespace valise::cli {

namespace {

class PolicyVerb : public Verb {
 public:
  explicit PolicyVerb(CLI::App& app)
      : Verb(*app.add_subcommand("policy", "Show or set who can open the backups to come")) {
    command().require_subcommand(1);
    command().footer(
        "Example:\n"
        "  valise policy show\n"
        "  valise policy set escrow --k 1 mara.card");
    show_ = command().add_subcommand("show", "The policy in force");
    show_->footer("Example:\n  valise policy show --json");
    CLI::App* set = command().add_subcommand("set", "Sign a new policy; needs the owner's key");
    set->require_subcommand(1);
    set->footer("Example:\n  valise policy set escrow --k 1 mara.card\n  valise policy set e2ee");
    add_set_e2ee(*set);
    add_set_escrow(*set);
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    if (!show_->parsed()) return set_policy_of(session, run);
    const PolicyView policy = show_policy(run);
    if (session.json()) {
      Json out{{"type", "summary"}, {"policy", policy_json(policy)}};
      session.print(out);
    } else {
      session.print(fmt::format("{}\nIn force since {}.\n", format_policy(policy),
                                format_time(policy.since)));
    }
    return 0;
  }

 private:
  void add_set_e2ee(CLI::App& set) {
    CLI::App* e2ee = set.add_subcommand("e2ee", "End-to-end: only the owner can open");
    add_passphrase_options(*e2ee, secret_);
    add_recovery_code_options(*e2ee, secret_);
    e2ee->footer(
        "Backups made under escrow stay readable by their agents.\n"
        "\n"
        "Example:\n"
        "  valise policy set e2ee");
  }

  void add_set_escrow(CLI::App& set) {
    escrow_ = set.add_subcommand("escrow", "Besides the owner, any K of these agents together");
    escrow_
        ->add_option("AGENT", change_.agents,
                     "The card file of an agent, or the name of one of an earlier policy")
        ->type_name("FILE")
        ->option_text("...")
        ->required();
    escrow_->add_option("--k", change_.k, "How many agents it takes together (default: 1)")
        ->type_name("K")
        ->check(CLI::Range(1U, 16U).description(""));
    escrow_->add_flag("--yes", yes_, "Accept the fingerprints of new agents without a question");
    add_passphrase_options(*escrow_, secret_);
    add_recovery_code_options(*escrow_, secret_);
    escrow_->footer(
        "The fingerprint of a new agent is shown: compare it with the agent by voice.\n"
        "\n"
        "Example:\n"
        "  valise policy set escrow --k 1 mara.card");
  }

  int set_policy_of(Session& session, const Run& run) {
    change_.escrow = escrow_->parsed();
    if (!change_.escrow) change_.k = 0;
    const UnlockSource unlock = session.unlock_source(run, secret_);
    const PolicyChangeResult result = set_policy(
        run, change_, unlock, [&](const Reader& agent) { return confirm(session, agent); });
    if (session.json()) {
      Json out{{"type", "summary"},
               {"before", policy_json(result.before)},
               {"policy", policy_json(result.after)},
               {"consequences", result.consequences}};
      session.print(out);
      return 0;
    }
    std::string text = format_policy(result.after) + "\n";
    for (const std::string& line : result.consequences) text += "  - " + printable(line) + "\n";
    session.report(text);
    return 0;
  }

  bool confirm(Session& session, const Reader& agent) const {
    const std::string who = fmt::format("new agent {}, fingerprint {}", printable(agent.name),
                                        printable(agent.fingerprint));
    if (yes_) {
      // Stderr, so that JSON on stdout stays JSON.
      session.note(who);
      return true;
    }
    std::optional<Terminal> terminal = Terminal::open();
    if (!terminal) {
      throw Error(ErrorKind::usage, who +
                                        ": standard input is no terminal to confirm it; compare "
                                        "the fingerprint with the agent and give --yes");
    }
    return terminal->ask_yes(who + ". Does the agent read out the same? ");
  }

  CLI::App* show_ = nullptr;
  CLI::App* escrow_ = nullptr;
  PolicyChange change_{.escrow = false, .k = 1, .agents = {}, .min_keep_days = {}};
  bool yes_ = false;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_policy(CLI::App& app) { return std::make_unique<PolicyVerb>(app); }

}  // namespace valise::cli
