#include "cli/places.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

constexpr std::size_t kDeviceNameBytesMax = 32;  // formats/entry.md: name32

std::filesystem::path home(const Environment& environment) {
  if (const std::optional<std::string> value = environment("HOME"); value && !value->empty()) {
    if (value->front() != '/') throw Error(ErrorKind::usage, "HOME is not an absolute path");
    return *value;
  }
  // A job of cron or of an init system may run without HOME.
  const passwd* entry = getpwuid(getuid());  // NOLINT(concurrency-mt-unsafe): before any thread
  if (entry != nullptr && entry->pw_dir != nullptr && entry->pw_dir[0] == '/') return entry->pw_dir;
  throw Error(ErrorKind::usage,
              "this user has no home folder; set VALISE_VAULT, VALISE_CONFIG_DIR and "
              "VALISE_STATE_DIR");
}

std::filesystem::path xdg_folder(const Environment& environment, const std::string& name,
                                 const char* below_home) {
  const std::optional<std::string> value = environment(name);
  if (!value || value->empty()) return home(environment) / below_home / "valise";
  if (value->front() != '/') throw Error(ErrorKind::usage, name + " is not an absolute path");
  return std::filesystem::path(*value) / "valise";
}

std::filesystem::path named_folder(const Environment& environment, const std::string& name,
                                   const std::string& xdg_name, const char* below_home) {
  if (const std::optional<std::string> value = environment(name)) {
    return absolute_path(*value, name);
  }
  return xdg_folder(environment, xdg_name, below_home);
}

}  // namespace

std::optional<std::string> system_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return std::nullopt;
  return value;
}

std::filesystem::path absolute_path(const std::string& typed, const std::string& what) {
  if (typed.empty()) throw Error(ErrorKind::usage, what + " is empty; give a path");
  std::filesystem::path path = std::filesystem::absolute(typed).lexically_normal();
  // "DIR/" and "DIR" are the same place.
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
  return path;
}

std::filesystem::path vault_folder(const std::string& typed, const std::string& what) {
  if (typed.find("://") != std::string::npos) {
    throw Error(ErrorKind::usage, what + ": this version keeps vaults in folders only; mount \"" +
                                      typed + "\" and give its path");
  }
  return absolute_path(typed, what);
}

Places find_places(const std::optional<std::string>& vault_option, const Environment& environment) {
  Places places;
  if (vault_option) {
    places.vault = vault_folder(*vault_option, "--vault");
  } else if (const std::optional<std::string> value = environment("VALISE_VAULT")) {
    places.vault = vault_folder(*value, "VALISE_VAULT");
  } else {
    places.vault = xdg_folder(environment, "XDG_DATA_HOME", ".local/share") / "vault";
  }
  places.config_dir = named_folder(environment, "VALISE_CONFIG_DIR", "XDG_CONFIG_HOME", ".config");
  places.state_dir =
      named_folder(environment, "VALISE_STATE_DIR", "XDG_STATE_HOME", ".local/state");
  return places;
}

std::filesystem::path config_home(const Environment& environment) {
  return xdg_folder(environment, "XDG_CONFIG_HOME", ".config").parent_path();
}

std::filesystem::path home_folder(const Environment& environment) { return home(environment); }

std::string default_device_name() {
  std::array<char, 256> buffer{};
  if (gethostname(buffer.data(), buffer.size() - 1) != 0) return "device";
  const std::string name(cut_utf8(buffer.data(), kDeviceNameBytesMax));
  return name.empty() ? "device" : name;
}

std::string default_user_name() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return "requester";
  }
  const std::string name(cut_utf8(found->pw_name, kDeviceNameBytesMax));
  return name.empty() ? "requester" : name;
}

}  // namespace valise::cli
