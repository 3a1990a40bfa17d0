#include "ops/audit_packs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <tuple>

#include "base/hex.hpp"
#include "format/media_pack.hpp"
#include "format/padme.hpp"
#include "ops/audit_book.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

constexpr std::size_t kLostPacksToldMax = 1000;
constexpr std::size_t kBackupsNamedMax = 10;

// A pack is filled up to a length of Padmé's (formats/media_pack.md), which leaves one as it is.
bool is_pack_length(std::uint64_t bytes) noexcept {
  return bytes >= kMediaPackMagic.size() && bytes <= kMediaPackBytesMax && padme(bytes) == bytes;
}

// Who pruned a backup needs its packs no more; an uncertified one has its mark already.
bool counts(const AuditBook& book, BookIndex index) {
  const BookedBackup& backup = book.backups[index];
  return !backup.pruned && book.certified(backup);
}

std::string packs_text(std::uint64_t count, const char* what) {
  return fmt::format("{} media pack{} that it names {}", count, count == 1 ? "" : "s", what);
}

void mark_backups(AuditBook& book) {
  for (const BookedLoss& loss : book.losses) {
    if (!counts(book, loss.backup)) continue;
    BookedBackup& backup = book.backups[loss.backup];
    if (loss.missing > 0) {
      book.find(backup, RowFinding::missing,
                packs_text(loss.missing, loss.missing == 1 ? "is missing" : "are missing"));
    }
    if (loss.misshapen > 0) {
      book.find(backup, RowFinding::damaged,
                packs_text(loss.misshapen, loss.misshapen == 1 ? "has a length that no pack has"
                                                               : "have a length that no pack has"));
    }
  }
}

std::string backups_text(const AuditBook& book, std::span<const BookedLostPack> of) {
  std::string text = of.size() == 1 ? "backup " : fmt::format("{} backups: ", of.size());
  for (std::size_t i = 0; i < of.size() && i < kBackupsNamedMax; ++i) {
    text += (i == 0 ? "" : ", ") + hex(book.backups[of[i].backup].bid);
  }
  if (of.size() > kBackupsNamedMax) {
    text += fmt::format(" and {} more", of.size() - kBackupsNamedMax);
  }
  return text;
}

void tell_of_pack(AuditBook& book, std::span<const BookedLostPack> of) {
  const ObjectName name = pack_object(of.front().pack);
  const std::string backups = backups_text(book, of);
  if (of.front().missing) {
    book.find("missing", Severity::error, name, name + ": it is missing, named by " + backups);
    return;
  }
  const ListedPack* pack = find_pack(book.packs, of.front().pack);
  book.find("damaged", Severity::error, name,
            fmt::format("{}: no pack is {} bytes long; it is named by {}", name,
                        pack == nullptr ? 0 : pack->bytes, backups));
}

}  // namespace

std::vector<ListedPack> list_packs(const Vault& vault) {
  std::vector<ListedPack> packs;
  vault.storage().scan(kMediaFolder, [&](const ObjectInfo& object) {
    if (const auto id = pack_id_of(object.name)) packs.push_back({*id, object.size});
  });
  std::sort(packs.begin(), packs.end(),
            [](const ListedPack& a, const ListedPack& b) { return a.id < b.id; });
  return packs;
}

const ListedPack* find_pack(const std::vector<ListedPack>& packs, const Bytes32& id) {
  const auto found = std::lower_bound(
      packs.begin(), packs.end(), id,
      [](const ListedPack& pack, const Bytes32& wanted) { return pack.id < wanted; });
  return found != packs.end() && found->id == id ? &*found : nullptr;
}

LostPacks lost_packs(const std::vector<ListedPack>& packs, const std::vector<Bytes32>& refs) {
  LostPacks lost;
  for (const Bytes32& id : refs) {
    const ListedPack* pack = find_pack(packs, id);
    if (pack != nullptr && is_pack_length(pack->bytes)) continue;
    ++(pack == nullptr ? lost.missing : lost.misshapen);
    if (lost.packs.size() < kLostPacksKeptMax) lost.packs.push_back({id, pack == nullptr});
  }
  return lost;
}

void check_packs(AuditBook& book) {
  mark_backups(book);
  std::vector<BookedLostPack>& lost = book.lost_packs;
  std::erase_if(lost, [&](const BookedLostPack& one) { return !counts(book, one.backup); });
  std::sort(lost.begin(), lost.end(), [](const BookedLostPack& a, const BookedLostPack& b) {
    return std::tie(a.pack, a.backup) < std::tie(b.pack, b.backup);
  });
  std::size_t told = 0;
  for (std::size_t begin = 0; begin < lost.size();) {
    std::size_t end = begin;
    while (end < lost.size() && lost[end].pack == lost[begin].pack) ++end;
    if (++told <= kLostPacksToldMax) {
      tell_of_pack(book, std::span(lost).subspan(begin, end - begin));
    }
    begin = end;
  }
  if (told <= kLostPacksToldMax) return;
  book.find("missing", Severity::error, kMediaFolder,
            fmt::format("{}: {} more media packs are missing or of a length that no pack has",
                        kMediaFolder, told - kLostPacksToldMax));
}

}  // namespace valise
