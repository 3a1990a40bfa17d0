#include "format/key_file.hpp"

#include <cassert>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"

namespace valise {
namespace {

constexpr std::string_view kKeyFileMagic = "VLSKEYF1";
// What the key files of all versions begin with.
constexpr std::string_view kKeyFileMark = kKeyFileMagic.substr(0, 7);
constexpr std::size_t kSaltAt = 24;
constexpr std::size_t kRootPkAt = 40;
constexpr std::size_t kSealedAt = 72;
constexpr std::size_t kCommitAt = 108;

bool is_within_limits(const Argon2Cost& cost) noexcept {
  return cost.memory_kib >= kKeyFileMemoryKibMin && cost.memory_kib <= kKeyFileMemoryKibMax &&
         cost.passes >= 1 && cost.passes <= kKeyFilePassesMax && cost.lanes >= 1 &&
         cost.lanes <= kKeyFileLanesMax &&
         std::uint64_t{cost.memory_kib} * cost.passes <= kKeyFileWorkKibMax;
}

void check_cost(const Argon2Cost& cost, std::string_view object) {
  if (is_within_limits(cost)) return;
  throw Error(ErrorKind::limit,
              std::string(object) + ": its Argon2id cost (" + std::to_string(cost.memory_kib) +
                  " KiB, " + std::to_string(cost.passes) + " passes, " +
                  std::to_string(cost.lanes) +
                  " lanes) is outside the limits, so it was not tried; use the recovery code");
}

[[noreturn]] void refuse(std::string_view object) {
  throw Error(ErrorKind::wrong_key, std::string(object) +
                                        ": the passphrase does not open it, or it is damaged; try "
                                        "again, or use the recovery code");
}

Secret wrap_key(const Secret& kek) { return derive("VL1.key.wrap", kek.view(), {}); }

Bytes32 commitment(const Secret& kek, ByteSpan before) {
  return keyed_hash("VL1.key.commit", kek.view(), {before});
}

}  // namespace

KeyFile seal_key_file(const RootKeys& keys, ByteSpan passphrase, const Argon2Cost& cost,
                      const Bytes16& salt) {
  check_cost(cost, "key file");
  ByteWriter out;
  out.text(kKeyFileMagic).u32(cost.memory_kib).u32(cost.passes).u32(cost.lanes).zero(4);
  out.bytes(salt).bytes(keys.sign_pk());
  const Secret kek = argon2id(passphrase, salt, out.view(), cost);
  out.bytes(seal(wrap_key(kek).view(), keys.seed(), out.view()));
  out.bytes(commitment(kek, out.view()));
  assert(out.size() == kKeyFileBytes);
  return array_of<kKeyFileBytes>(out.view());
}

bool may_be_key_file(ByteSpan bytes) {
  if (text_of(bytes).substr(0, kKeyFileMark.size()) == kKeyFileMark) return true;
  // Many a file has that length; hardly another has such numbers in this place.
  if (bytes.size() != kKeyFileBytes) return false;
  ByteReader in(bytes.subspan(kKeyFileMagic.size()), "key file");
  Argon2Cost cost;
  cost.memory_kib = in.u32();
  cost.passes = in.u32();
  cost.lanes = in.u32();
  return is_within_limits(cost) && in.u32() == 0;
}

Argon2Cost key_file_cost(ByteSpan bytes, std::string_view object) {
  ByteReader in(bytes, object);
  if (bytes.size() != kKeyFileBytes) {
    in.fail("it is not a key file: those have " + std::to_string(kKeyFileBytes) + " bytes");
  }
  const ByteSpan magic = in.take(kKeyFileMagic.size());
  if (text_of(magic) != kKeyFileMagic) {
    if (text_of(magic).starts_with(kKeyFileMark)) {
      in.fail("it is a key file made by a newer version of valise; update this one");
    }
    in.fail("it is not a key file");
  }
  Argon2Cost cost;
  cost.memory_kib = in.u32();
  cost.passes = in.u32();
  cost.lanes = in.u32();
  in.expect_zero(4);
  check_cost(cost, object);
  return cost;
}

Bytes32 key_file_root_pk(ByteSpan bytes, std::string_view object) {
  // The cost is read for the checks that stand around it.
  static_cast<void>(key_file_cost(bytes, object));
  return array_of<32>(bytes.subspan(kRootPkAt));
}

RootKeys unwrap_key_file(ByteSpan bytes, const Secret& kek, std::string_view object) {
  static_cast<void>(key_file_cost(bytes, object));
  const Bytes32 commit = array_of<32>(bytes.subspan(kCommitAt));
  if (!equal_secret(commitment(kek, bytes.first(kCommitAt)), commit)) refuse(object);
  const auto seed =
      open_secret(wrap_key(kek).view(), bytes.subspan(kSealedAt, kCommitAt - kSealedAt),
                  bytes.first(kSealedAt));
  if (!seed) refuse(object);
  RootKeys keys(seed->view());
  if (keys.sign_pk() != key_file_root_pk(bytes, object)) refuse(object);
  return keys;
}

RootKeys open_key_file(ByteSpan bytes, ByteSpan passphrase, std::string_view object) {
  const Argon2Cost cost = key_file_cost(bytes, object);
  const Secret kek = argon2id(passphrase, bytes.subspan(kSaltAt, 16), bytes.first(kSealedAt), cost);
  return unwrap_key_file(bytes, kek, object);
}

}  // namespace valise
