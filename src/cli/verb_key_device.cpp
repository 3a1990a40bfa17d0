// The verbs of `key` that have to do with the vault's devices.

#include <fmt/format.h>

#include "cli/key_verbs.hpp"
#include "cli/terminal.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "valise/device.hpp"

namespace valise::cli {

namespace {

Json device_json(const DeviceView& device) {
  Json out{{"device", device.name}, {"device_id", device.device_id}, {"this_machine", device.self}};
  out["enrolled"] = rfc3339(device.enrolled);
  out["revoked"] = device.revoked ? Json(rfc3339(*device.revoked)) : Json(nullptr);
  out["backups"] = device.backups;
  out["refused"] = device.refused;
  out["last_backup"] = device.last_backup ? Json(rfc3339(*device.last_backup)) : Json(nullptr);
  return out;
}

std::string device_table(const std::vector<DeviceView>& devices) {
  std::vector<std::vector<std::string>> rows{
      {"DEVICE", "ID", "ENROLLED", "BACKUPS", "LAST BACKUP (UTC)", "STATE"}};
  for (const DeviceView& device : devices) {
    std::string state = device.self ? "this machine" : "";
    if (device.revoked) {
      state += (state.empty() ? "" : ", ") + ("revoked on " + format_day(*device.revoked));
    }
    if (device.refused > 0) state += fmt::format(", {} refused", format_count(device.refused));
    std::string last = device.last_backup ? format_time(*device.last_backup) : "none";
    if (device.last_backup) last.resize(last.size() - std::string_view(" UTC").size());
    rows.push_back({printable(device.name), printable(device.device_id.substr(0, 16)),
                    format_day(device.enrolled), format_count(device.backups), last, state});
  }
  return format_table(rows, {3});
}

class KeyAddDeviceVerb : public Verb {
 public:
  explicit KeyAddDeviceVerb(CLI::App& key)
      : Verb(*key.add_subcommand("add-device", "Enrol this device; needs the owner's key")) {
    command()
        .add_option("--name", name_, "This device's name in the vault (default: the host's)")
        ->type_name("NAME");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    command().footer(
        "Example:\n"
        "  valise key add-device --vault /mnt/usb/vault --name laptop");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    const AddDeviceResult result = valise::add_device(run, name_.value_or(default_device_name()),
                                                      session.unlock_source(run, secret_));
    if (session.json()) {
      session.print(Json{{"type", "summary"},
                         {"device", result.name},
                         {"device_id", result.device_id},
                         {"policy", result.policy}});
      return 0;
    }
    session.report(fmt::format(
        "This device, {}, can now back up into {} without a passphrase. Policy: {}.\n"
        "Next: valise backup DATABASE\n",
        printable(result.name), printable_path(run.places.vault), printable(result.policy)));
    return 0;
  }

 private:
  std::optional<std::string> name_;
  SecretOptions secret_;
};

class KeyDevicesVerb : public Verb {
 public:
  explicit KeyDevicesVerb(CLI::App& key)
      : Verb(*key.add_subcommand("devices", "List the devices that may back up")) {
    command().footer(
        "No key is needed.\n"
        "\n"
        "Example:\n"
        "  valise key devices");
  }

  int run(Session& session) override {
    const std::vector<DeviceView> devices = list_devices(session.make_run());
    if (!session.json()) {
      session.print(device_table(devices));
      return 0;
    }
    for (const DeviceView& device : devices) {
      Json out{{"type", "device"}};
      out.update(device_json(device));
      session.print(out);
    }
    session.print(Json{{"type", "summary"}, {"devices", devices.size()}});
    return 0;
  }
};

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
  text += "  Whatever it signs from now on is refused, and it cannot back up any more.\n";
  return text;
}

std::string still_held_text(const RevocationPlan& plan) {
  return fmt::format(
      "Whoever has the machine still has what is on it: the live databases, and in the state\n"
      "the pages of the last night{}. It holds no key\nthat opens a backup.\n",
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

std::unique_ptr<Verb> add_key_add_device(CLI::App& key) {
  return std::make_unique<KeyAddDeviceVerb>(key);
}

std::unique_ptr<Verb> add_key_devices(CLI::App& key) {
  return std::make_unique<KeyDevicesVerb>(key);
}

std::unique_ptr<Verb> add_key_revoke_device(CLI::App& key) {
  return std::make_unique<KeyRevokeDeviceVerb>(key);
}

}  // namespace valise::cli
