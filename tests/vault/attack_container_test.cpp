// The golden containers in a vault, bit by bit, as every reader of a vault sees them.

#include <doctest/doctest.h>

#include "crypto/aead.hpp"
#include "format/golden.hpp"
#include "format/refusal.hpp"
#include "support/effort.hpp"
#include "support/memory_storage.hpp"
#include "vault/container_reader.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

/// A vault that holds one golden container.
struct GoldenVault {
  explicit GoldenVault(std::size_t mode)
      : backup(std::move(golden_backups().at(mode))),
        file(backup.container()),
        name(container_object(backup.context.bid)) {
    storage.overwrite(kVaultObject, encode_vault_object(backup.owner.sign_pk()));
    storage.overwrite(name, file);
    vault.emplace(Vault::open(storage));
  }

  [[nodiscard]] ContainerReader open() const {
    return ContainerReader::open(*vault, backup.context.bid);
  }
  /// How many one-bit changes of the file's bytes `first` to `end`, of every `step`th bit, do not
  /// make `read` end with Error(corrupt) that names the container.
  template <typename Read>
  [[nodiscard]] std::size_t flips_that_pass(std::size_t first, std::size_t end, Read read,
                                            std::size_t step = kStride) {
    std::size_t passed = 0;
    for (std::size_t bit = first * 8; bit < end * 8; bit += step) {
      Bytes changed = file;
      changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      storage.overwrite(name, std::move(changed));
      if (!refused(ErrorKind::corrupt, name, read)) ++passed;
    }
    storage.overwrite(name, file);
    return passed;
  }

  GoldenBackup backup;
  Bytes file;
  ObjectName name;
  MemoryStorage storage;
  std::optional<Vault> vault;
};

}  // namespace

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: a whole container "
    "in a vault, without a key") {
  GoldenVault vault(2);
  const auto check = [&] { vault.open().check_all(); };
  CHECK_NOTHROW(check());
  // Each costs a signature. tests/format tries all bits of one, here it is several in each byte.
  CHECK(vault.flips_that_pass(0, vault.file.size(), check, 3 * kStride) == 0);
}

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: the parts of a "
    "container in a vault, with the key") {
  for (const std::size_t mode : {0U, 1U, 2U}) {
    GoldenVault vault(mode);
    // Opened while all was well, so that nothing but the part itself is looked at.
    const ContainerReader reader = vault.open();
    const ContainerLayout& at = reader.layout();
    std::size_t offset = 0;
    std::size_t index = 0;
    for (const auto& record : vault.backup.json["records"]) {
      const Bytes plain = bytes_at(record);
      RecordInfo info;
      info.sealed_bytes = static_cast<std::uint32_t>(plain.size() + kAeadTagBytes);
      const auto read = [&] { return reader.read_record(vault.backup.dek, index, offset, info); };
      REQUIRE(read() == plain);
      const std::size_t first = at.data_offset + offset;
      CHECK(vault.flips_that_pass(first, first + info.sealed_bytes,
                                  [&] { static_cast<void>(read()); }) == 0);
      INFO("a record elsewhere, or of another length");
      const auto moved = [&](std::size_t number, std::size_t from, std::uint32_t length) {
        return refused(ErrorKind::corrupt, vault.name, [&] {
          RecordInfo other;
          other.sealed_bytes = length;
          static_cast<void>(reader.read_record(vault.backup.dek, number, from, other));
        });
      };
      CHECK(moved(index + 1, offset, info.sealed_bytes));
      CHECK(moved(index, offset + 1, info.sealed_bytes));
      CHECK(moved(index, offset, info.sealed_bytes - 1));
      CHECK(moved(index, offset, 0xffffffff));
      offset += info.sealed_bytes;
      ++index;
    }
    const auto manifest = [&] { static_cast<void>(reader.open_manifest_bytes(vault.backup.dek)); };
    CHECK_NOTHROW(manifest());
    CHECK(vault.flips_that_pass(at.manifest_offset, at.manifest_offset + at.manifest_len,
                                manifest) == 0);
    const auto refs = [&] { static_cast<void>(reader.refs()); };
    CHECK_NOTHROW(refs());
    CHECK(vault.flips_that_pass(at.refs_offset, at.refs_offset + at.refs_len, refs) == 0);
  }
}

TEST_CASE("attack: every bit of an entry: in a container, signed anew, opened with its key") {
  for (const std::size_t mode : {0U, 2U}) {
    GoldenVault vault(mode);
    const ContainerLayout at = vault.open().layout();
    const std::size_t entry_at = at.refs_offset + at.refs_len;
    const ByteSpan body = vault.backup.entry.body();
    const std::size_t covered =
        backup_commitment_input(body, vault.backup.payload().slots.size()).size();
    std::size_t passed = 0;
    std::size_t by_commitment = 0;
    for (std::size_t bit = 0; bit < (covered + 32) * 8; bit += kStride) {
      Bytes entry(body.begin(), body.end());
      entry[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      append(entry, vault.backup.device.sign(entry));
      Bytes changed = vault.file;
      std::copy(entry.begin(), entry.end(),
                changed.begin() + static_cast<std::ptrdiff_t>(entry_at));
      vault.storage.overwrite(vault.name, std::move(changed));
      std::optional<ContainerReader> reader;
      const bool at_once =
          refused(ErrorKind::corrupt, vault.name, [&] { reader.emplace(vault.open()); });
      if (at_once) continue;
      ++by_commitment;
      const bool then = reader && refused(ErrorKind::corrupt, vault.name, [&] {
                          static_cast<void>(reader->open_manifest_bytes(vault.backup.dek));
                        });
      if (!then) ++passed;
    }
    CHECK(passed == 0);
    // What names policy, parent, source, readers, and the commitment itself.
    CHECK(by_commitment > (32 + 32 + 16 + 112 + 32) * 8 / kStride);
  }
}

}  // namespace valise::test
