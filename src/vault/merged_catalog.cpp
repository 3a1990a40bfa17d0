#include "vault/merged_catalog.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace valise {

CatalogCursor::CatalogCursor(ContainerReader container, Secret dek, const Manifest& manifest)
    : container_(std::move(container)), dek_(std::move(dek)) {
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < manifest.records.size(); ++i) {
    const RecordInfo& info = manifest.records[i];
    if (info.kind == RecordKind::catalog) records_.push_back({i, offset, info});
    offset += info.sealed_bytes;
  }
}

std::unique_ptr<CatalogCursor> CatalogCursor::anew() const {
  return std::unique_ptr<CatalogCursor>(new CatalogCursor(container_, dek_.clone(), records_));
}

void CatalogCursor::read(const Record& record) {
  Bytes payload = container_.read_record(dek_.view(), record.index, record.offset, record.info);
  wipe(plain_);
  if (record.info.codec == RecordCodec::none) {
    // decode_manifest has compared the two lengths.
    plain_ = std::move(payload);
    return;
  }
  // Within kCatalogRecordPlainBytesMax: decode_manifest refuses more.
  plain_.assign(record.info.plain_bytes, 0);
  if (!decompressor_) decompressor_.emplace();
  decompressor_->run(payload, {}, plain_, object());
  // Keys do not compress: they stand in the frame as they are.
  wipe(payload);
}

std::optional<CatalogFile> CatalogCursor::next() {
  for (;;) {
    if (std::optional<CatalogFile> file = rows_.next()) return file;
    if (next_record_ == records_.size()) {
      rows_.finish(object());
      return std::nullopt;
    }
    read(records_[next_record_++]);
    rows_.begin(plain_, object());
  }
}

/// A heap's first is its largest: the smallest path, and of equal ones that of the newest member.
struct MergedCatalog::Later {
  bool operator()(const Head& a, const Head& b) const {
    const int order = a.file.path.compare(b.file.path);
    return order != 0 ? order > 0 : a.member < b.member;
  }
};

void MergedCatalog::add(const ContainerReader& container, ByteSpan dek, const Manifest& manifest) {
  if (std::none_of(manifest.records.begin(), manifest.records.end(),
                   [](const RecordInfo& record) { return record.kind == RecordKind::catalog; })) {
    return;
  }
  members_.push_back({std::make_unique<CatalogCursor>(container, Secret::copy_of(dek), manifest),
                      container.backup().is_full()});
}

std::unique_ptr<MergedCatalog> MergedCatalog::anew() const {
  auto catalog = std::make_unique<MergedCatalog>();
  for (const Member& member : members_) {
    catalog->members_.push_back({member.cursor->anew(), member.full});
  }
  return catalog;
}

void MergedCatalog::advance(std::size_t member) {
  std::optional<CatalogFile> file = members_[member].cursor->next();
  if (!file) return;
  if (members_[member].full && file->state == FileState::removed) {
    throw Error(ErrorKind::corrupt, members_[member].cursor->object() +
                                        ": it stands alone, and its catalog removes a file");
  }
  heads_.push_back({*std::move(file), member});
  std::push_heap(heads_.begin(), heads_.end(), Later{});
}

MergedCatalog::Head MergedCatalog::take_first() {
  std::pop_heap(heads_.begin(), heads_.end(), Later{});
  Head head = std::move(heads_.back());
  heads_.pop_back();
  advance(head.member);
  return head;
}

std::optional<CatalogFile> MergedCatalog::next() {
  if (!started_) {
    started_ = true;
    for (std::size_t member = 0; member < members_.size(); ++member) advance(member);
  }
  while (!heads_.empty()) {
    Head newest = take_first();
    while (!heads_.empty() && heads_.front().file.path == newest.file.path) {
      static_cast<void>(take_first());
    }
    if (newest.file.state != FileState::removed) return std::move(newest.file);
  }
  return std::nullopt;
}

}  // namespace valise
