#include "cli/new_key.hpp"

namespace valise::cli {

namespace {

// formats/key_file.md: the least and the most memory that a reader accepts.
constexpr std::uint32_t kMemoryMibMin = 64;
constexpr std::uint32_t kMemoryMibMax = 4096;

constexpr const char* kOrNone =
    ", or none at all with --no-passphrase: the recovery code always exists and opens everything";

}  // namespace

void add_passphrase_memory_option(CLI::App& verb, std::uint32_t& memory_mib) {
  verb.add_option("--passphrase-memory", memory_mib,
                  "Memory that every guess of the passphrase costs, 64 to 4096 (default: 256)")
      ->type_name("MIB")
      ->check(CLI::Range(kMemoryMibMin, kMemoryMibMax).description(""));
}

void add_new_key_options(CLI::App& verb, NewKeyOptions& options) {
  verb.add_flag("--no-passphrase", options.no_passphrase,
                "No passphrase: the recovery code alone opens");
  verb.add_option("--recovery-code-to", options.recovery_code_to,
                  "Write the recovery code to this new file instead of showing it")
      ->type_name("FILE");
  add_passphrase_memory_option(verb, options.passphrase_memory_mib);
}

std::optional<Secret> new_key_passphrase(SecretInput& input, const SecretOptions& secret,
                                         const NewKeyOptions& options, const std::string& what) {
  if (!options.no_passphrase) return input.new_passphrase(secret, what, kOrNone);
  if (secret.any()) {
    throw Error(ErrorKind::usage, "--no-passphrase and a passphrase exclude each other");
  }
  return std::nullopt;
}

}  // namespace valise::cli
