#include "messages.hpp"

#include <span>
#include <stdexcept>
#include <string_view>

#include "typedstream.hpp"

namespace valise::bench {

namespace {

using namespace std::string_view_literals;

constexpr std::int64_t kSecond = 1'000'000'000;

constexpr auto kInsertMessage =
    "INSERT INTO message (guid, text, handle_id, attributedBody, version, service, account, "
    "account_guid, date, date_read, date_delivered, is_delivered, is_finished, is_from_me, "
    "is_read, is_sent, cache_roomnames, associated_message_guid, associated_message_type, "
    "message_summary_info, ck_sync_state, ck_record_id, ck_record_change_tag, "
    "destination_caller_id, thread_originator_guid, thread_originator_part, part_count, "
    "was_data_detected, associated_message_range_length, did_notify_recipient) "
    "VALUES (?1, ?2, ?3, ?4, 10, ?5, ?6, 'B6A2D1F0-5C1E-4E0B-9D57-0C7E6A0F1D21', ?7, ?8, ?9, "
    "?10, 1, ?11, ?12, ?11, ?13, ?14, ?15, ?16, ?17, ?18, ?19, '+15550100199', ?20, ?21, 1, 1, "
    "?22, 0)"sv;

// "amc" and "ust" are what Messages keeps about the summary of a message.
constexpr auto kSummary =
    "bplist00\xd2\x01\x02\x03\x04SamcSust\x10\x01\x09\x08\x0d\x11\x15\x17\x00\x00\x00\x00\x00\x00"
    "\x01\x01\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x18"sv;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void bind_or_null(Statement& statement, int at, const std::string& text) {
  if (text.empty()) {
    statement.bind_null(at);
  } else {
    statement.bind(at, std::string_view(text));
  }
}

}  // namespace

std::vector<Chat> load_chats(Database& database) {
  std::vector<Chat> chats;
  Statement rows(database,
                 "SELECT c.ROWID, c.service_name, c.room_name, j.handle_id FROM chat c "
                 "JOIN chat_handle_join j ON j.chat_id = c.ROWID ORDER BY c.ROWID, j.handle_id");
  while (rows.step()) {
    if (chats.empty() || chats.back().rowid != rows.integer(0)) {
      chats.push_back({rows.integer(0), rows.text(1), rows.text(2), {}});
    }
    chats.back().handles.push_back(rows.integer(3));
  }
  return chats;
}

Conversation::Conversation(Database& database, std::uint64_t seed, bool synced)
    : random_(seed),
      synced_(synced),
      chats_(load_chats(database)),
      chat_ranks_(chats_.size(), 3.0),
      insert_message_(database, kInsertMessage),
      insert_place_(database,
                    "INSERT INTO chat_message_join (chat_id, message_id, message_date) "
                    "VALUES (?1, ?2, ?3)"),
      insert_attachment_(database,
                         "INSERT INTO attachment (guid, created_date, filename, uti, mime_type, "
                         "transfer_state, transfer_name, total_bytes, original_guid) VALUES "
                         "(?1, ?2, ?3, 'public.jpeg', 'image/jpeg', 5, ?4, ?5, ?1)"),
      insert_attachment_place_(database,
                               "INSERT INTO message_attachment_join (message_id, attachment_id) "
                               "VALUES (?1, ?2)") {
  if (chats_.empty()) throw std::runtime_error("this history has no chat left to talk in");
}

void Conversation::choose_chat() {
  if (chat_ != nullptr && random_.percent(62)) return;
  chat_ = &chats_[chat_ranks_.pick(random_)];
}

void Conversation::bind_origin(std::int64_t date, bool from_me) {
  const bool sms = chat_->service == "SMS";
  const std::int64_t moment = random_.below(900'000'000);
  const bool read = synced_ || from_me || random_.percent(60);
  const std::int64_t delivered = from_me && !sms ? date + kSecond + moment : 0;
  const std::int64_t read_at = !from_me && read ? date + 40 * kSecond + moment * 9 : 0;
  const auto speaker = random_.below(static_cast<std::uint32_t>(chat_->handles.size()));
  insert_message_.bind(3, from_me && !chat_->room_name.empty() ? 0 : chat_->handles[speaker]);
  insert_message_.bind(5, std::string_view(chat_->service));
  insert_message_.bind(6, sms ? "P:+15550100199"sv : "E:someone@mail.example"sv);
  insert_message_.bind(7, date);
  insert_message_.bind(8, synced_ && from_me && random_.percent(50) ? delivered + moment : read_at);
  insert_message_.bind(9, delivered);
  insert_message_.bind(10, std::int64_t{delivered != 0});
  insert_message_.bind(11, std::int64_t{from_me});
  insert_message_.bind(12, std::int64_t{!from_me && read});
  bind_or_null(insert_message_, 13, chat_->room_name);
}

void Conversation::bind_text() {
  text_ = vocabulary_.sentence(random_);
  encode_attributed_body(text_, body_);
  // macOS 13 stopped filling `text`; rows that came from older systems have both.
  if (random_.percent(12)) {
    insert_message_.bind(2, std::string_view(text_));
  } else {
    insert_message_.bind_null(2);
  }
  insert_message_.bind(4, bytes_of(body_));
}

void Conversation::bind_reference() {
  const std::uint32_t kind = random_.below(100);
  const std::string& other = recent_guids_[random_.below(kRecent)];
  const bool tapback = kind < 7 && !other.empty();
  const bool reply = kind >= 7 && kind < 12 && !other.empty();
  referred_ = tapback ? "p:0/" + other : reply ? other : std::string();
  static const std::string kNone;
  bind_or_null(insert_message_, 14, tapback ? referred_ : kNone);
  insert_message_.bind(15, std::int64_t{tapback ? 2000 + random_.below(6) : 0});
  bind_or_null(insert_message_, 20, reply ? referred_ : kNone);
  if (reply) {
    insert_message_.bind(21, "0:0:12"sv);
  } else {
    insert_message_.bind_null(21);
  }
  insert_message_.bind(22, std::int64_t{tapback ? 12 : 0});
}

void Conversation::say(std::int64_t date) {
  choose_chat();
  guid_ = random_.guid();
  insert_message_.bind(1, std::string_view(guid_));
  bind_origin(date, random_.percent(45));
  bind_text();
  bind_reference();
  if (random_.percent(20)) {
    insert_message_.bind(16, bytes_of(kSummary));
  } else {
    insert_message_.bind_null(16);
  }
  // One in twelve is older than the cloud's copy, or never reached it.
  const bool recorded = synced_ && random_.below(12) != 0;
  record_ = recorded ? random_.hex(64) : std::string();
  insert_message_.bind(17, std::int64_t{recorded});
  bind_or_null(insert_message_, 18, record_);
  insert_message_.bind(19, recorded ? "1"sv : ""sv);
  insert_message_.run();
  recent_guids_[said_++ % recent_guids_.size()] = guid_;

  const std::int64_t message = insert_place_.connection().last_rowid();
  insert_place_.bind(1, chat_->rowid);
  insert_place_.bind(2, message);
  insert_place_.bind(3, date);
  insert_place_.run();
  if (random_.below(250) == 0) attach(message, date);
}

void Conversation::attach(std::int64_t message, std::int64_t date) {
  const std::string guid = "at_0_" + random_.guid();
  const std::string name = "IMG_" + std::to_string(1000 + random_.below(9000)) + ".jpeg";
  const std::string folder = random_.hex(2);
  const std::string filename =
      "~/Library/Messages/Attachments/" + folder + "/" + folder.substr(1) + "/" + guid + "/" + name;
  insert_attachment_.bind(1, std::string_view(guid));
  insert_attachment_.bind(2, date / kSecond);
  insert_attachment_.bind(3, std::string_view(filename));
  insert_attachment_.bind(4, std::string_view(name));
  insert_attachment_.bind(5, std::int64_t{20'000} + random_.below(4'000'000));
  insert_attachment_.run();
  insert_attachment_place_.bind(1, message);
  insert_attachment_place_.bind(2, insert_attachment_.connection().last_rowid());
  insert_attachment_place_.run();
}

}  // namespace valise::bench
