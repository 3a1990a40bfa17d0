#include "valise/escrow.hpp"

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/new_file.hpp"
#include "format/recovery_code.hpp"
#include "ops/agent_name.hpp"
#include "ops/card_file.hpp"
#include "ops/passphrase.hpp"

namespace valise {
namespace {

constexpr const char* kKeyFileName = "agent.key";

}  // namespace

AgentFiles escrow_keygen(const Run&, const KeygenOptions& options,
                         const std::function<void(const Secret& code)>& keep_code) {
  check_agent_name(options.name);
  AgentFiles files;
  files.card = options.dir / kCardFileName;
  refuse_existing_file(files.card);
  refuse_existing_file(options.dir / kKeyFileName);
  const RootKeys keys = RootKeys::generate();
  const std::optional<KeyFile> key_file =
      new_key_file(keys, options.passphrase, options.passphrase_memory_kib);
  make_folders(options.dir);
  keep_code(format_recovery_code(keys.seed()));
  if (key_file) {
    files.key_file = options.dir / kKeyFileName;
    write_new_file(files.key_file, *key_file, 0600);
  }
  // The card holds the psk, which nobody but the owner may see: 0600 as well.
  const std::string text = card_text(make_card(keys, CardKind::agent, options.name)) + "\n";
  write_new_file(files.card, bytes_of(text), 0600);
  files.fingerprint = fingerprint(keys.pk(), keys.sign_pk(), options.name);
  return files;
}

}  // namespace valise
