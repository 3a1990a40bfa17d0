#include <fmt/format.h>

#include <algorithm>

#include "cli/device_out.hpp"
#include "cli/key_verbs.hpp"
#include "cli/terminal.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "valise/device.hpp"

namespace valise::cli {

namespace {

constexpr std::size_t kDoubtfulToldMax = 20;

// By their full ids, which are what opens them from now on.
std::string doubtful_text(const std::vector<std::string>& ids) {
  if (ids.empty()) return "";
  const bool one = ids.size() == 1;
  std::string text = fmt::format(
      "  {} before that {} not tied to it, since its log has a hole or another branch: {} may be\n"
      "  a thief's, and {} by {} full {} alone:\n",
      format_count_of(ids.size(), "backup"), one ? "is" : "are", one ? "it" : "they",
      one ? "opens" : "open", one ? "its" : "their", one ? "id" : "ids");
  const std::size_t told = std::min(ids.size(), kDoubtfulToldMax);
  for (std::size_t i = 0; i < told; ++i) text += "    " + ids[i] + "\n";
  if (told < ids.size()) text += fmt::format("    and {} more\n", ids.size() - told);
  return text;
}

std::string plan_text(const RevocationPlan& plan) {
  std::string text = fmt::format("The device {} ({}){}:\n", printable(plan.device.name),
                                 printable(plan.device.device_id.substr(0, 16)),
                                 plan.device.self ? ", which is this machine" : "");
  text += plan.kept == 0
              ? "  None of its backups stays good.\n"
              : fmt::format("  {} of it {} good, the last {} of {}.\n",
                            format_count_of(plan.kept, "backup"), plan.kept == 1 ? "stays" : "stay",
                            short_id(plan.last_kept), format_time(plan.last_kept_time));
  if (plan.refused > 0) {
    text += fmt::format("  {} after that {} refused from now on: nobody restores {}.\n",
                        format_count_of(plan.refused, "backup"), plan.refused == 1 ? "is" : "are",
                        plan.refused == 1 ? "it" : "them");
  }
  text += doubtful_text(plan.doubtful);
  text += "  Whatever it signs from now on is refused, and it cannot back up any more.\n";
  return text;
}

std::string still_held_text(const RevocationPlan& plan) {
  return fmt::format(
      "Whoever has the machine still has what is on it: the live databases, and in the state\n"
      "the pages of the last night{}.\nIt holds no key that opens a backup.\n",
      plan.escrow ? ", and the agents' pre-shared keys, which open nothing alone" : "");
}

class KeyRevokeDeviceVerb : public Verb {
 public:
  explicit KeyRevokeDeviceVerb(CLI::App& key)
      : Verb(*key.add_subcommand("revoke-device",
                                 "Refuse a lost or stolen device; needs the owner's key")) {
    command()
        .add_option("DEVICE", revocation_.device,
                    "Its name, or the beginning of its id; see \"valise key devices\"")
        ->type_name("NAME")
        ->required();
    command()
        .add_option("--last-good", revocation_.last_good,
                    "Refuse what it signed after this snapshot or day, or all with \"none\" "
                    "(default: keep what the vault holds now)")
        ->type_name("SNAPSHOT");
    command().add_flag("--yes", yes_, "Revoke without a question");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    command().footer(
        "A revocation cannot be taken back; the machine can be enrolled anew.\n"
        "\n"
        "Example:\n"
        "  valise key revoke-device laptop\n"
        "  valise key revoke-device laptop --last-good 2026-11-20");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    if (!yes_ && !Terminal::open()) {
      throw Error(ErrorKind::usage,
                  "standard input is no terminal to confirm the revocation; give --yes");
    }
    const UnlockSource unlock = session.unlock_source(run, secret_);
    const RevocationPlan plan =
        revoke_device(run, revocation_, unlock,
                      [&](const RevocationPlan& planned) { return yes_ || confirm(planned); });
    if (session.json()) {
      Json out{{"type", "summary"}};
      out.update(device_json(plan.device));
      out["revoked"] = rfc3339(run.clock->now());
      out["backups"] = plan.kept;
      out["refused"] = plan.refused;
      out["doubtful"] = plan.doubtful;
      out["last_good"] = plan.last_kept.empty() ? Json(nullptr) : Json(plan.last_kept);
      session.print(out);
      return 0;
    }
    session.report("Revoked. " + plan_text(plan) + still_held_text(plan) +
                   "The passphrase and the recovery code need not change, unless they were kept "
                   "on it: the\ndevice never had them. Neither need the policy: it says who can "
                   "open, and a device\ncannot; the next policy leaves this one out by itself.\n"
                   "Next, on the machine that takes its place: valise key add-device\n");
    return 0;
  }

 private:
  static bool confirm(const RevocationPlan& plan) {
    std::optional<Terminal> terminal = Terminal::open();
    if (!terminal) return false;
    terminal->show(plan_text(plan) + still_held_text(plan) + "This cannot be taken back. ");
    return terminal->ask_yes("Revoke the device?");
  }

  DeviceRevocation revocation_;
  bool yes_ = false;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_key_revoke_device(CLI::App& key) {
  return std::make_unique<KeyRevokeDeviceVerb>(key);
}

}  // namespace valise::cli
