#include "vault/object_names.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "base/hex.hpp"

namespace valise {
namespace {

std::optional<std::string_view> between(std::string_view name, std::string_view prefix,
                                        std::string_view suffix) {
  if (name.size() < prefix.size() + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix)) {
    return std::nullopt;
  }
  name.remove_prefix(prefix.size());
  name.remove_suffix(suffix.size());
  return name;
}

std::optional<std::uint64_t> digits(std::string_view text, std::size_t count) {
  std::uint64_t value = 0;
  if (text.size() != count) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Lower case only: an object has one name.
template <std::size_t N>
std::optional<ByteArray<N>> lower_hex(std::string_view text) {
  if (text.size() != 2 * N || text.find_first_of("ABCDEF") != std::string_view::npos) {
    return std::nullopt;
  }
  const std::optional<Bytes> bytes = from_hex(text);
  if (!bytes || bytes->size() != N) return std::nullopt;
  return array_of<N>(*bytes);
}

}  // namespace

ObjectName key_object(unsigned number) { return fmt::format("keys/{:04}.key", number); }

std::string log_folder(const Bytes32& signer) { return "log/" + hex(signer); }

ObjectName entry_object(const Bytes32& signer, std::uint64_t seq) {
  return fmt::format("log/{}/{:010}.entry", hex(signer), seq);
}

ObjectName container_object(const Bytes16& bid) { return "backups/" + hex(bid) + ".valise"; }

ObjectName pack_object(const Bytes32& pack_id) {
  const std::string id = hex(pack_id);
  return fmt::format("media/{}/{}.pack", id.substr(0, 2), id);
}

ObjectName drill_object(const Bytes32& entry_id, std::uint8_t slot) {
  return fmt::format("drills/{}.{}", hex(entry_id), slot);
}

std::optional<unsigned> key_number_of(const ObjectName& name) {
  const auto part = between(name, "keys/", ".key");
  if (!part) return std::nullopt;
  const auto number = digits(*part, 4);
  if (!number || *number == 0) return std::nullopt;
  return static_cast<unsigned>(*number);
}

std::optional<Bytes16> container_bid_of(const ObjectName& name) {
  const auto part = between(name, "backups/", ".valise");
  return part ? lower_hex<16>(*part) : std::nullopt;
}

std::optional<Bytes32> pack_id_of(const ObjectName& name) {
  const auto part = between(name, "media/", ".pack");
  if (!part || part->size() != 67 || (*part)[2] != '/') return std::nullopt;
  if (part->substr(0, 2) != part->substr(3, 2)) return std::nullopt;
  return lower_hex<32>(part->substr(3));
}

std::optional<EntryAt> entry_at(const ObjectName& name) {
  const auto part = between(name, "log/", ".entry");
  if (!part || part->size() != 75 || (*part)[64] != '/') return std::nullopt;
  const auto signer = lower_hex<32>(part->substr(0, 64));
  const auto seq = digits(part->substr(65), 10);
  if (!signer || !seq || *seq == 0) return std::nullopt;
  return EntryAt{*signer, *seq};
}

std::optional<DrillAt> drill_at(const ObjectName& name) {
  const auto part = between(name, "drills/", "");
  if (!part || part->size() < 66 || part->size() > 67 || (*part)[64] != '.') return std::nullopt;
  const auto entry = lower_hex<32>(part->substr(0, 64));
  const auto slot = digits(part->substr(65), part->size() - 65);
  if (!entry || !slot || *slot == 0 || *slot > 16) return std::nullopt;
  if (part->size() == 67 && (*part)[65] == '0') return std::nullopt;
  return DrillAt{*entry, static_cast<std::uint8_t>(*slot)};
}

}  // namespace valise
