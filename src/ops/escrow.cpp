#include "valise/escrow.hpp"

#include "base/error.hpp"
#include "base/files.hpp"
#include "format/recovery_code.hpp"
#include "ops/card_file.hpp"
#include "ops/passphrase.hpp"

namespace valise {
namespace {

constexpr const char* kKeyFileName = "agent.key";

void refuse_existing(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
    throw Error(ErrorKind::usage,
                path.string() + ": it exists and is never overwritten; choose another --dir");
  }
}

void write_new(const std::filesystem::path& path, ByteSpan content) {
  if (!write_file(path, content, 0600, Existing::refuse)) refuse_existing(path);
}

}  // namespace

AgentFiles escrow_keygen(const Run&, const KeygenOptions& options,
                         const std::function<void(const Secret& code)>& keep_code) {
  static_cast<void>(name32(options.name));
  AgentFiles files;
  files.card = options.dir / kCardFileName;
  refuse_existing(files.card);
  refuse_existing(options.dir / kKeyFileName);
  const RootKeys keys = RootKeys::generate();
  const std::optional<KeyFile> key_file =
      new_key_file(keys, options.passphrase, options.passphrase_memory_kib);
  make_folders(options.dir);
  keep_code(format_recovery_code(keys.seed()));
  if (key_file) {
    files.key_file = options.dir / kKeyFileName;
    write_new(files.key_file, *key_file);
  }
  // The card holds the psk, which nobody but the owner may see: 0600 as well.
  const std::string text = card_text(make_card(keys, CardKind::agent, options.name)) + "\n";
  write_new(files.card, bytes_of(text));
  files.fingerprint = fingerprint(keys.pk(), keys.sign_pk(), options.name);
  return files;
}

}  // namespace valise
