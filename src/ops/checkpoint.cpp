#include "ops/checkpoint.hpp"

#include <fmt/format.h>

#include <charconv>
#include <sstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kCheckpointBytesMax = 64ULL * 1024 * 1024;

std::optional<CheckpointLine> parse_line(const std::string& text) {
  std::istringstream in(text);
  std::string signer;
  std::string seq;
  std::string id;
  std::string more;
  if (!(in >> signer >> seq >> id) || (in >> more)) return std::nullopt;
  const auto signer_bytes = from_hex(signer);
  const auto id_bytes = from_hex(id);
  if (!signer_bytes || signer_bytes->size() != 32 || !id_bytes || id_bytes->size() != 32) {
    return std::nullopt;
  }
  CheckpointLine line{hex(*signer_bytes), 0, hex(*id_bytes)};
  const auto [end, error] = std::from_chars(seq.data(), seq.data() + seq.size(), line.seq);
  if (error != std::errc() || end != seq.data() + seq.size()) return std::nullopt;
  return line;
}

}  // namespace

std::vector<CheckpointLine> read_checkpoint(const std::filesystem::path& path) {
  const std::optional<Bytes> bytes = read_file(path, kCheckpointBytesMax);
  if (!bytes) throw Error(ErrorKind::usage, path.string() + ": there is no such checkpoint file");
  std::vector<CheckpointLine> lines;
  std::istringstream in(text_of(*bytes));
  for (std::string text; std::getline(in, text);) {
    if (auto line = parse_line(text)) lines.push_back(std::move(*line));
  }
  if (lines.empty()) {
    throw Error(ErrorKind::usage, path.string() +
                                      ": no line in it is a checkpoint (signer, number, "
                                      "entry id)");
  }
  return lines;
}

void check_checkpoint(AuditBook& book, const std::vector<CheckpointLine>& lines,
                      const std::string& held_by) {
  for (const CheckpointLine& line : lines) {
    if (line.seq == 0) continue;
    const Bytes32 signer = array_of<32>(*from_hex(line.signer));
    const auto& ids = book.entry_ids[signer];
    const auto found = ids.find(line.seq);
    if (found != ids.end() && hex(found->second) == line.entry_id) continue;
    const ObjectName name = entry_object(signer, line.seq);
    const std::string named =
        fmt::format("{}: {} names entry {} there", name, held_by, line.entry_id);
    if (found == ids.end()) {
      book.find("rollback", Severity::error, name, named + ", and the vault no longer holds it");
    } else {
      book.find("fork", Severity::error, name,
                named + ", and the vault holds " + hex(found->second));
    }
  }
}

std::vector<CheckpointLine> checkpoint_of(const AuditBook& book) {
  std::vector<CheckpointLine> lines;
  for (const auto& [signer, ids] : book.entry_ids) {
    if (ids.empty()) continue;
    lines.push_back({hex(signer), ids.rbegin()->first, hex(ids.rbegin()->second)});
  }
  return lines;
}

}  // namespace valise
