#include <fmt/format.h>

#include "cli/terminal.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "cli/verb.hpp"
#include "valise/policy.hpp"

namespace valise::cli {

namespace {

std::string keep_text(std::uint32_t days) {
  if (days == 0) return {};
  return fmt::format("A backup is to be kept for {}: an audit reports one that is pruned sooner.\n",
                     format_count_of(days, "day"));
}

std::string period_text(const PolicyPeriod& period) {
  std::string text = format_time(period.policy.since) + " to " +
                     (period.until ? format_time(*period.until) : "now");
  text += "\n  " + format_policy(period.policy) + "\n";
  text += "  " + format_count_of(period.backups, "backup");
  if (period.backups > 0) {
    text += fmt::format(", from {} to {}", format_day(*period.first_backup),
                        format_day(*period.last_backup));
  }
  text += "\n";
  if (period.policy.min_keep_days > 0) text += "  " + keep_text(period.policy.min_keep_days);
  return text;
}

Json period_json(const PolicyPeriod& period) {
  const auto time_or_null = [](const std::optional<UnixSeconds>& time) {
    return time ? Json(rfc3339(*time)) : Json(nullptr);
  };
  Json out{{"type", "policy"}};
  out.update(policy_json(period.policy));
  out["until"] = time_or_null(period.until);
  out["backups"] = period.backups;
  out["first_backup"] = time_or_null(period.first_backup);
  out["last_backup"] = time_or_null(period.last_backup);
  return out;
}

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
    show_->add_flag("--all", all_, "Every policy there was, and what was backed up under it");
    show_->footer("Example:\n  valise policy show\n  valise policy show --all");
    CLI::App* set = command().add_subcommand("set", "Sign a new policy; needs the owner's key");
    set->require_subcommand(1);
    set->footer("Example:\n  valise policy set escrow --k 1 mara.card\n  valise policy set e2ee");
    add_set_e2ee(*set);
    add_set_escrow(*set);
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    if (!show_->parsed()) return set_policy_of(session, run);
    if (all_) return show_all(session, run);
    const PolicyView policy = show_policy(run);
    if (session.json()) {
      Json out{{"type", "summary"}, {"policy", policy_json(policy)}};
      session.print(out);
    } else {
      session.print(fmt::format("{}\nIn force since {}.\n{}", format_policy(policy),
                                format_time(policy.since), keep_text(policy.min_keep_days)));
    }
    return 0;
  }

 private:
  static int show_all(Session& session, const Run& run) {
    const std::vector<PolicyPeriod> periods = policy_history(run);
    std::string text;
    for (const PolicyPeriod& period : periods) {
      if (session.json()) {
        session.print(period_json(period));
      } else {
        text += (text.empty() ? "" : "\n") + period_text(period);
      }
    }
    if (session.json()) {
      session.print(Json{{"type", "summary"}, {"policy", policy_json(periods.back().policy)}});
    } else {
      session.print(text);
    }
    return 0;
  }

  void add_keep_option(CLI::App& verb) {
    verb.add_option("--min-keep-days", change_.min_keep_days,
                    "An audit reports a backup that is pruned sooner (default: as before)")
        ->type_name("DAYS")
        ->check(CLI::Range(0U, 36'500U).description(""));
  }

  void add_set_e2ee(CLI::App& set) {
    CLI::App* e2ee = set.add_subcommand("e2ee", "End-to-end: only the owner can open");
    add_keep_option(*e2ee);
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
    add_keep_option(*escrow_);
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
        run, change_, unlock, [&](const NewAgent& agent) { return confirm(session, agent); });
    if (session.json()) {
      Json out{{"type", "summary"},
               {"before", policy_json(result.before)},
               {"policy", policy_json(result.after)},
               {"consequences", result.consequences}};
      session.print(out);
      return 0;
    }
    std::string text = format_policy(result.after) + "\n" + keep_text(result.after.min_keep_days);
    for (const std::string& line : result.consequences) text += "  - " + printable(line) + "\n";
    session.report(text);
    return 0;
  }

  static std::string who_is(const NewAgent& agent) {
    std::string who = fmt::format("new agent {}, fingerprint {}", printable(agent.name),
                                  printable(agent.fingerprint));
    for (const std::string& namesake : agent.namesakes) {
      who += fmt::format(" (another agent of this name, fingerprint {}, is known)",
                         printable(namesake));
    }
    return who;
  }

  bool confirm(Session& session, const NewAgent& agent) const {
    const std::string who = who_is(agent);
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
  bool all_ = false;
  CLI::App* escrow_ = nullptr;
  PolicyChange change_{.escrow = false, .k = 1, .agents = {}, .min_keep_days = {}};
  bool yes_ = false;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_policy(CLI::App& app) { return std::make_unique<PolicyVerb>(app); }

}  // namespace valise::cli
