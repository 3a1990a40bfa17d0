#pragma once

#include "cli/verb.hpp"

namespace valise::cli {

// The verbs below `key`.

std::unique_ptr<Verb> add_key_passwd(CLI::App& key);
std::unique_ptr<Verb> add_key_recovery_check(CLI::App& key);
std::unique_ptr<Verb> add_key_sheet(CLI::App& key);
std::unique_ptr<Verb> add_key_add_device(CLI::App& key);
std::unique_ptr<Verb> add_key_devices(CLI::App& key);
std::unique_ptr<Verb> add_key_revoke_device(CLI::App& key);
std::unique_ptr<Verb> add_key_card(CLI::App& key);

}  // namespace valise::cli
