#pragma once

#include <functional>
#include <optional>
#include <string>

#include "valise/run.hpp"

namespace valise::cli {

/// Reads one environment variable; nothing where it is not set. Tests give their own.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

[[nodiscard]] std::optional<std::string> system_environment(const std::string& name);

/// Where things stand: the vault from `vault_option`, else VALISE_VAULT, else the data folder of
/// the XDG base directory specification; configuration and state from VALISE_CONFIG_DIR and
/// VALISE_STATE_DIR, else from that specification. All absolute. An empty VALISE_* value, a
/// relative XDG_* value or a URL is an Error(usage), never ignored; an empty XDG_* value counts as
/// unset, as the specification says.
[[nodiscard]] Places find_places(const std::optional<std::string>& vault_option,
                                 const Environment& environment = system_environment);

/// The folder of a vault as a person typed it. Throws Error(usage), naming `what`, for nothing and
/// for a URL.
[[nodiscard]] std::filesystem::path vault_folder(const std::string& typed, const std::string& what);

/// An absolute path of what a person typed. Throws Error(usage), naming `what`, for nothing.
[[nodiscard]] std::filesystem::path absolute_path(const std::string& typed,
                                                  const std::string& what);

/// $XDG_CONFIG_HOME, else ~/.config; and the user's home folder. Throw Error(usage) as find_places.
[[nodiscard]] std::filesystem::path config_home(
    const Environment& environment = system_environment);
[[nodiscard]] std::filesystem::path home_folder(
    const Environment& environment = system_environment);

/// This machine's name, cut to the 32 bytes of a device's name; "device" where it has none.
[[nodiscard]] std::string default_device_name();
/// The user's login name, cut in the same way; "requester" where the system has none.
[[nodiscard]] std::string default_user_name();

}  // namespace valise::cli
