// Enrolling this device, and the list of all.

#include <fmt/format.h>

#include "cli/device_out.hpp"
#include "cli/key_verbs.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "valise/device.hpp"
#include "valise/policy.hpp"

namespace valise::cli {

namespace {

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
        "This device, {}, can now back up into {} without a passphrase.\n{}\n"
        "Next: valise backup DATABASE\n",
        printable(result.name), printable_path(run.places.vault), format_policy(show_policy(run))));
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

}  // namespace

std::unique_ptr<Verb> add_key_add_device(CLI::App& key) {
  return std::make_unique<KeyAddDeviceVerb>(key);
}

std::unique_ptr<Verb> add_key_devices(CLI::App& key) {
  return std::make_unique<KeyDevicesVerb>(key);
}

}  // namespace valise::cli
