#include "ops/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kCheckpointBytesMax = 64ULL * 1024 * 1024;

template <std::size_t N>
std::optional<ByteArray<N>> hex_of(const std::string& text) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != N) return std::nullopt;
  return array_of<N>(*bytes);
}

std::optional<CheckpointMark> parse_line(const std::string& text) {
  std::istringstream in(text);
  std::string signer;
  std::string seq;
  std::string id;
  std::string vault;
  std::string more;
  if (!(in >> signer >> seq >> id)) return std::nullopt;
  const bool four = static_cast<bool>(in >> vault);
  if (in >> more) return std::nullopt;
  const auto signer_bytes = hex_of<32>(signer);
  const auto id_bytes = hex_of<32>(id);
  if (!signer_bytes || !id_bytes) return std::nullopt;
  CheckpointMark mark{*signer_bytes, 0, *id_bytes, hex_of<16>(vault)};
  if (four && !mark.vault) return std::nullopt;
  const auto [end, error] = std::from_chars(seq.data(), seq.data() + seq.size(), mark.seq);
  if (error != std::errc() || end != seq.data() + seq.size()) return std::nullopt;
  return mark;
}

}  // namespace

std::vector<CheckpointMark> read_checkpoint(const std::filesystem::path& path) {
  const std::optional<Bytes> bytes = read_file(path, kCheckpointBytesMax);
  if (!bytes) throw Error(ErrorKind::usage, path.string() + ": there is no such checkpoint file");
  std::vector<CheckpointMark> marks;
  std::istringstream in(text_of(*bytes));
  for (std::string text; std::getline(in, text);) {
    if (auto mark = parse_line(text)) marks.push_back(*mark);
  }
  if (marks.empty()) {
    throw Error(ErrorKind::usage, path.string() +
                                      ": no line in it is a checkpoint (signer, number, entry id, "
                                      "vault id)");
  }
  return marks;
}

void hold_mark(AuditBook& book, const CheckpointMark& mark, const std::string& held_by) {
  if (mark.seq == 0) return;
  const ObjectName name = entry_object(mark.signer, mark.seq);
  book.held.push_back(
      {mark.signer, mark.seq, mark.entry_id, name,
       fmt::format("{}: {} names entry {} there", name, held_by, hex(mark.entry_id)),
       std::nullopt});
}

CheckpointLine line_of(const CheckpointMark& mark) {
  return {hex(mark.signer), mark.seq, hex(mark.entry_id), mark.vault ? hex(*mark.vault) : ""};
}

std::vector<CheckpointLine> checkpoint_of(const AuditBook& book) {
  const std::string vault = hex(book.vault.id());
  std::vector<CheckpointLine> lines;
  const auto add = [&](const Bytes32& signer, const LogHead& head) {
    if (head.seq != 0) lines.push_back({hex(signer), head.seq, hex(head.entry_id), vault});
  };
  add(book.vault.root_pk(), book.root_head);
  for (const BookedDevice& device : book.devices) {
    if (device.certified) add(device.device->pk, device.head);
  }
  std::sort(lines.begin(), lines.end(),
            [](const CheckpointLine& a, const CheckpointLine& b) { return a.signer < b.signer; });
  return lines;
}

}  // namespace valise
