#include <algorithm>

#include "base/hex.hpp"
#include "ops/audit_rows.hpp"

namespace valise {
namespace {

// A span without a backup is a gap when it is this many times the usual one, and not short.
constexpr std::uint64_t kGapFactor = 3;
constexpr UnixSeconds kGapSecondsMin = 3 * 24 * 3600;

std::vector<AuditedGap> gaps_in(const AuditBook& book, std::span<const BookIndex> all) {
  std::vector<AuditedGap> gaps;
  // What an uncertified device claims closes no gap.
  std::vector<BookIndex> rows;
  for (const BookIndex i : all) {
    if (book.certified(book.backups[i])) rows.push_back(i);
  }
  if (rows.size() < 3) return gaps;
  std::vector<UnixSeconds> spans;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    spans.push_back(book.backups[rows[i]].time - book.backups[rows[i - 1]].time);
  }
  const auto middle = spans.begin() + static_cast<std::ptrdiff_t>(spans.size() / 2);
  std::nth_element(spans.begin(), middle, spans.end());
  const UnixSeconds long_span = *middle > ~UnixSeconds{0} / kGapFactor
                                    ? *middle
                                    : std::max(kGapFactor * *middle, kGapSecondsMin);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const UnixSeconds from = book.backups[rows[i - 1]].time;
    const UnixSeconds to = book.backups[rows[i]].time;
    if (to - from > long_span) gaps.push_back({from, to});
  }
  return gaps;
}

AuditedSource source_of(const AuditBook& book, std::span<const BookIndex> rows) {
  const BookedBackup& first = book.backups[rows.front()];
  const BookedBackup& last = book.backups[rows.back()];
  AuditedSource source;
  const Device& device = *book.devices[first.device].device;
  source.id = hex(book.sources[first.source].id);
  source.signer = hex(device.pk);
  source.device = device.name;
  source.backups = rows.size();
  source.first = first.time;
  source.last = last.time;
  source.overdue = book.overdue[first.source];
  BookIndex policy = kNoIndex;
  for (const BookIndex i : rows) {
    const BookedBackup& backup = book.backups[i];
    if (backup.policy != policy) {
      policy = backup.policy;
      source.stretches.push_back({hex(book.policies[policy].id), backup.slot_count > 1, backup.k,
                                  backup.time, backup.time, 0, 0});
    }
    AuditedStretch& stretch = source.stretches.back();
    stretch.to = backup.time;
    ++stretch.backups;
    if (backup.findings != 0) ++stretch.flawed;
    if (backup.has(RowFinding::missing) || backup.has(RowFinding::damaged))
      source.flaws.push_back(backup.time);
  }
  source.gaps = gaps_in(book, rows);
  source.density.assign(kDensityParts, 0);
  const double part = static_cast<double>(std::max<UnixSeconds>(last.time - first.time, 1)) /
                      static_cast<double>(kDensityParts);
  for (const BookIndex i : rows) {
    const double at = static_cast<double>(book.backups[i].time - first.time) / part;
    ++source.density[std::min(static_cast<std::size_t>(at), kDensityParts - 1)];
  }
  return source;
}

}  // namespace

std::vector<AuditedSource> sources_of(const AuditBook& book, const std::vector<BookIndex>& order) {
  std::vector<AuditedSource> sources;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() &&
           book.backups[order[end]].source == book.backups[order[begin]].source) {
      ++end;
    }
    sources.push_back(source_of(book, std::span(order).subspan(begin, end - begin)));
    begin = end;
  }
  return sources;
}

}  // namespace valise
