#include "valise_tool.hpp"

#include <fstream>

namespace valise::bench {

namespace fs = std::filesystem;

Valise::Valise(const fs::path& program, const fs::path& folder)
    : Tool("valise", folder), program_(fs::absolute(program)) {
  environment_["VALISE_VAULT"] = repository();
  environment_["VALISE_CONFIG_DIR"] = path("config");
  environment_["VALISE_STATE_DIR"] = path("state");
}

void Valise::init() {
  std::ofstream(path("passphrase")) << "nine purple otters fold maps at dawn\n";
  fs::permissions(path("passphrase"), fs::perms::owner_read | fs::perms::owner_write);
  verb({"init", "--passphrase-file", path("passphrase"), "--recovery-code-to",
        path("recovery-code")});
}

Cost Valise::back_up(const fs::path& database) {
  return verb({"backup", database, "--json", "--quiet"});
}

Cost Valise::restore(const fs::path& to) {
  Command restore = command(
      {program_, "restore", "--to", to, "--recovery-code-file", path("recovery-code"), "--quiet"});
  restore.environment["VALISE_CONFIG_DIR"] = path("other-device/config");
  restore.environment["VALISE_STATE_DIR"] = path("other-device/state");
  return run(restore);
}

Cost Valise::verify_all() {
  return verb({"verify", "--all", "--recovery-code-file", path("recovery-code")});
}

Cost Valise::verb(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program_);
  return run(command(std::move(arguments)));
}

}  // namespace valise::bench
