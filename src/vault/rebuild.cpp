#include "vault/rebuild.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "base/files.hpp"
#include "vault/database_file.hpp"
#include "vault/page_gather.hpp"

namespace valise {
namespace {

// Each holds up to 8 MiB of payload, of old and of new pages: no more of them on more cores.
constexpr std::size_t kDeltasUnderWay = 2;

// A few bytes can claim a database of 2^32 pages. The claim is compared with what the records say
// that they hold before anything is allocated for it.
void check_page_count(const Manifest& manifest, std::uint64_t parent_page_count,
                      const std::string& object) {
  std::uint64_t bytes = 0;
  for (const RecordInfo& record : manifest.records) {
    if (record.kind != RecordKind::catalog) bytes += record.plain_bytes;
  }
  // One more for the lock page, which stands in no record.
  const std::uint64_t pages = parent_page_count + bytes / manifest.database.page_size + 1;
  if (manifest.database.page_count > pages) {
    throw Error(ErrorKind::corrupt,
                fmt::format("{}: its records hold fewer pages than the database has", object));
  }
}

}  // namespace

DatabaseRebuild::DatabaseRebuild(int fd, std::string path, const Run& run)
    : fd_(fd), path_(std::move(path)), run_(run), decompressors_(pool_.thread_count()) {}

void DatabaseRebuild::report(std::uint64_t bytes) {
  done_bytes_ += bytes;
  if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
  if (run_.on_progress) {
    run_.on_progress({.step = "rebuilding",
                      .object = object_,
                      .done = done_bytes_,
                      .total = manifest_.database.page_count * manifest_.database.page_size});
  }
}

void DatabaseRebuild::apply(const ContainerReader& container, ByteSpan dek,
                            const Manifest& manifest) {
  const bool full = container.backup().is_full();
  const DatabaseInfo parent = manifest_.database;
  if (!full && (!started_ || manifest.parent_page_root != parent.page_root ||
                manifest.database.page_size != parent.page_size)) {
    throw Error(
        ErrorKind::corrupt,
        container.object() + ": it does not build on the container before it (parent page root)");
  }
  const auto parent_pages = static_cast<std::uint32_t>(full ? 0 : parent.page_count);
  check_page_count(manifest, parent_pages, container.object());
  manifest_ = manifest;
  object_ = container.object();
  done_bytes_ = 0;
  taken_.assign(manifest.database.page_count + 1, false);
  if (full) {
    apply_full(container, dek);
  } else {
    apply_increment(container, dek, parent_pages);
  }
  check_complete(parent_pages, object_);
  started_ = true;
  const std::uint64_t bytes = manifest.database.page_count * manifest.database.page_size;
  if (ftruncate(fd_, static_cast<off_t>(bytes)) != 0) {
    fail_file(ErrorKind::storage, "cannot set the length of", path_, errno);
  }
}

// A page may stand in one record only, and every page must stand somewhere.
void DatabaseRebuild::take_pages(const PageList& pages, const std::string& object) {
  for (const std::uint32_t page : pages) {
    if (taken_[page]) {
      throw Error(ErrorKind::corrupt,
                  fmt::format("{}: page {} stands in two records", object, page));
    }
    taken_[page] = true;
  }
}

void DatabaseRebuild::check_complete(std::uint32_t parent_page_count,
                                     const std::string& object) const {
  const std::uint32_t lock = lock_page(manifest_.database.page_size);
  for (std::uint64_t page = parent_page_count + std::uint64_t{1};
       page <= manifest_.database.page_count; ++page) {
    if (!taken_[page] && page != lock) {
      throw Error(ErrorKind::corrupt, fmt::format("{}: page {} is in no record", object, page));
    }
  }
}

void DatabaseRebuild::apply_full(const ContainerReader& container, ByteSpan dek) {
  struct Group {
    PageList pages;
    BufferPool::Buffer content;
  };
  const auto page_count = static_cast<std::uint32_t>(manifest_.database.page_count);
  PageGather gather(pool_, fd_, path_, manifest_.database.page_size);
  OrderedPipeline<Group> pipeline(pool_, 2 * pool_.thread_count(), [&](Group group) {
    take_pages(group.pages, object_);
    report(group.content.size());
    gather.add(std::move(group.pages), std::move(group.content));
  });
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < manifest_.records.size(); ++i) {
    const RecordInfo info = manifest_.records[i];
    if (info.kind == RecordKind::pages) {
      pipeline.submit([this, &container, dek, info, i, offset, page_count](std::size_t worker) {
        const Bytes payload = container.read_record(dek, i, offset, info);
        PageRecord record = parse_page_record(payload, manifest_.database.page_size, page_count,
                                              info.plain_bytes, object_);
        Group group{std::move(record.pages), buffers_.take(info.plain_bytes)};
        decompressors_[worker].run(record.frame, {}, group.content.span(), object_);
        return group;
      });
    }
    offset += info.sealed_bytes;
  }
  pipeline.drain();
  gather.finish();
}

void DatabaseRebuild::apply_increment(const ContainerReader& container, ByteSpan dek,
                                      std::uint32_t parent_page_count) {
  const DatabaseFile file{fd_, path_, manifest_.database.page_size};
  const auto page_count = static_cast<std::uint32_t>(manifest_.database.page_count);
  // The records of one increment hold different pages, so that one may be written while another
  // still reads the old bytes of its own.
  OrderedPipeline<PageList> pipeline(pool_, kDeltasUnderWay, [&](PageList pages) {
    take_pages(pages, object_);
    report(pages.size() * file.page_size);
  });
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < manifest_.records.size(); ++i) {
    const RecordInfo info = manifest_.records[i];
    if (info.kind == RecordKind::delta_pages) {
      pipeline.submit([this, &container, &file, dek, info, i, offset, page_count,
                       parent_page_count](std::size_t worker) {
        const Bytes payload = container.read_record(dek, i, offset, info);
        PageRecord record = parse_page_record(payload, manifest_.database.page_size, page_count,
                                              info.plain_bytes, object_);
        const auto existed =
            std::upper_bound(record.pages.begin(), record.pages.end(), parent_page_count);
        const PageList old_pages(record.pages.begin(), existed);
        Bytes old_content(old_pages.size() * file.page_size);
        file.read(old_pages, old_content);
        Bytes content(info.plain_bytes);
        decompressors_[worker].run(record.frame, old_content, content, object_);
        file.write(record.pages, content);
        return std::move(record.pages);
      });
    }
    offset += info.sealed_bytes;
  }
  pipeline.drain();
}

}  // namespace valise
