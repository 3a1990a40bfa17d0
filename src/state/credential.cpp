#include "state/credential.hpp"

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "format/root_keys.hpp"

namespace valise {
namespace {

// The file is this machine's own affair: its layout may change with any version, and a device whose
// credential cannot be read is enrolled again.
constexpr std::string_view kMagic = "VLSCRED1";
constexpr std::size_t kCredentialBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kSourcesMax = 1000;
constexpr std::size_t kPathBytesMax = 4096;

std::filesystem::path credential_path(const std::filesystem::path& config_dir,
                                      const Bytes16& vault_id) {
  return credential_folder(config_dir, vault_id) / "credential";
}

Secret encode(const Credential& c) {
  ByteWriter out;
  out.text(kMagic).bytes(c.root_pk).bytes(c.owner_pk).bytes(c.owner_psk.view());
  out.bytes(c.device_seed.view()).bytes(c.device_psk.view()).bytes(c.secret.view());
  out.u32(static_cast<std::uint32_t>(c.device_name.size())).text(c.device_name);
  out.bytes(c.device_entry).u64(c.own.seq).bytes(c.own.entry_id);
  out.u64(c.root.seq).bytes(c.root.entry_id);
  out.u32(static_cast<std::uint32_t>(c.policy.size())).bytes(c.policy);
  out.u32(static_cast<std::uint32_t>(c.psks.size())).bytes(c.psks.view());
  out.u32(static_cast<std::uint32_t>(c.sources.size()));
  for (const std::filesystem::path& source : c.sources) {
    out.u32(static_cast<std::uint32_t>(source.native().size())).text(source.native());
  }
  const bool announced = c.announced.seq > 0;
  if (announced || !c.held.empty()) out.u32(static_cast<std::uint32_t>(c.held.size()));
  for (const HeldSnapshot& held : c.held) out.bytes(held.source).bytes(held.bid);
  if (announced) out.u64(c.announced.seq).bytes(c.announced.entry_id);
  out.bytes(hash("VL1.credential", {out.view()}));
  Bytes plain = out.take();
  Secret secret = Secret::copy_of(plain);
  wipe(plain);
  return secret;
}

std::size_t bounded(ByteReader& in, std::size_t max) {
  const std::uint32_t size = in.u32();
  if (size > max) in.fail("a length in it is over its limit");
  return size;
}

Credential decode(ByteSpan bytes, const std::string& object) {
  ByteReader in(bytes, object);
  in.expect(kMagic);
  if (bytes.size() < 32 + kMagic.size()) in.fail("it ends too early");
  const ByteSpan content = bytes.first(bytes.size() - 32);
  if (hash("VL1.credential", {content}) != array_of<32>(bytes.last(32))) {
    in.fail("it was changed; enrol this device again with \"valise key add-device\"");
  }
  Credential c;
  c.root_pk = in.array<32>();
  c.owner_pk = in.array<32>();
  c.owner_psk = Secret::copy_of(in.take(32));
  c.device_seed = Secret::copy_of(in.take(32));
  c.device_psk = Secret::copy_of(in.take(32));
  c.secret = Secret::copy_of(in.take(32));
  c.device_name = text_of(in.take(bounded(in, kNameBytes)));
  c.device_entry = in.array<32>();
  c.own.seq = in.u64();
  c.own.entry_id = in.array<32>();
  c.root.seq = in.u64();
  c.root.entry_id = in.array<32>();
  const ByteSpan policy = in.take(bounded(in, kEntryBytesMax));
  c.policy.assign(policy.begin(), policy.end());
  c.psks = Secret::copy_of(in.take(bounded(in, 32 * kReadersMax)));
  const std::size_t sources = bounded(in, kSourcesMax);
  for (std::size_t i = 0; i < sources; ++i) {
    c.sources.emplace_back(text_of(in.take(bounded(in, kPathBytesMax))));
  }
  // Most end here, but for the hash.
  const std::size_t held = in.remaining() > 32 ? bounded(in, kHeldMax) : 0;
  for (std::size_t i = 0; i < held; ++i) {
    const auto source = in.array<16>();
    c.held.push_back({source, in.array<16>()});
  }
  if (in.remaining() > 32) {
    const std::uint64_t seq = in.u64();
    c.announced = {seq, in.array<32>()};
  }
  static_cast<void>(in.take(32));
  in.expect_end();
  return c;
}

}  // namespace

std::filesystem::path credential_folder(const std::filesystem::path& config_dir,
                                        const Bytes16& vault_id) {
  return config_dir / hex(vault_id);
}

std::optional<Credential> load_credential(const std::filesystem::path& config_dir,
                                          const Bytes16& vault_id) {
  const std::filesystem::path path = credential_path(config_dir, vault_id);
  std::optional<Bytes> bytes = read_file(path, kCredentialBytesMax);
  if (!bytes) return std::nullopt;
  const Secret guarded = Secret::copy_of(*bytes);
  wipe(*bytes);
  Credential credential = decode(guarded.view(), path.string());
  if (vault_id_of(credential.root_pk) != vault_id) {
    throw Error(ErrorKind::corrupt, path.string() + ": it belongs to another vault");
  }
  return credential;
}

void save_credential(const std::filesystem::path& config_dir, const Credential& credential) {
  const std::filesystem::path path = credential_path(config_dir, vault_id_of(credential.root_pk));
  make_folders(path.parent_path());
  static_cast<void>(write_file(path, encode(credential).view(), 0600, Existing::replace));
}

void set_credential_aside(const std::filesystem::path& config_dir, const Bytes16& vault_id) {
  const std::filesystem::path path = credential_path(config_dir, vault_id);
  constexpr unsigned kTriesMax = 1000;
  for (unsigned number = 1; number <= kTriesMax; ++number) {
    std::filesystem::path aside = path;
    aside += number == 1 ? ".damaged" : ".damaged." + std::to_string(number);
    if (rename_if_absent(path, aside)) return;
  }
  throw Error(ErrorKind::storage, path.string() + ": cannot be moved aside");
}

Bytes16 source_id(const Credential& credential, const std::string& profile,
                  const std::filesystem::path& path) {
  constexpr std::uint8_t kZero[1] = {0};
  const Bytes32 id = keyed_hash("VL1.source", credential.secret.view(),
                                {bytes_of(profile), ByteSpan(kZero), bytes_of(path.native())});
  return array_of<16>(id);
}

Bytes16 copy_source_id(const Credential& credential, const Bytes16& vault_id,
                       const Bytes16& source) {
  // No profile has this name, so that no database that is backed up gets an id of this form.
  const Bytes32 id =
      keyed_hash("VL1.source", credential.secret.view(),
                 {bytes_of(std::string_view("copy\0", 5)), ByteSpan(vault_id), ByteSpan(source)});
  return array_of<16>(id);
}

}  // namespace valise
