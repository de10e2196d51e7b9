#include "audit/formats/markup_writer.hpp"

#include <libxml/xmlIO.h>
#include <libxml/xmlwriter.h>

#include "core/assert.hpp"

namespace mgc::audit {
namespace {

int append(void* bytes, const char* text, int length) {
  static_cast<Bytes*>(bytes)->append(text, static_cast<std::size_t>(length));
  return length;
}

struct Free {
  void operator()(xmlTextWriterPtr writer) const { xmlFreeTextWriter(writer); }
};

const xmlChar* chars(const std::string& text) {
  return reinterpret_cast<const xmlChar*>(text.c_str());
}

// Into memory, nothing fails but for want of it.
void check(int written) { MGC_ASSERT(written >= 0); }

}  // namespace

struct MarkupWriter::Writer {
  Bytes bytes;  // outlives `text`, which writes into it to the last
  std::unique_ptr<xmlTextWriter, Free> text{
      xmlNewTextWriter(xmlOutputBufferCreateIO(append, nullptr, &bytes, nullptr))};
};

MarkupWriter::MarkupWriter(Language language, std::size_t indent)
    : writer_(std::make_unique<Writer>()), language_(language) {
  MGC_ASSERT(writer_->text != nullptr);
  check(xmlTextWriterSetIndent(writer_->text.get(), 1));
  check(xmlTextWriterSetIndentString(writer_->text.get(), chars(std::string(indent, ' '))));
  if (language == Language::html) return;
  check(xmlTextWriterStartDocument(writer_->text.get(), nullptr, "UTF-8", nullptr));
}

MarkupWriter::~MarkupWriter() = default;

void MarkupWriter::open(std::string_view name) {
  check(xmlTextWriterStartElement(writer_->text.get(), chars(std::string(name))));
}

void MarkupWriter::attribute(std::string_view name, std::string_view value) {
  check(xmlTextWriterWriteAttribute(writer_->text.get(), chars(std::string(name)),
                                    chars(std::string(value))));
}

void MarkupWriter::text(std::string_view text) {
  check(xmlTextWriterWriteString(writer_->text.get(), chars(std::string(text))));
}

void MarkupWriter::close() {
  check(language_ == Language::html ? xmlTextWriterFullEndElement(writer_->text.get())
                                    : xmlTextWriterEndElement(writer_->text.get()));
}

void MarkupWriter::element(std::string_view name, std::string_view value) {
  open(name);
  if (!value.empty()) text(value);
  close();
}

void MarkupWriter::insert(ByteView finished) {
  check(xmlTextWriterWriteRaw(writer_->text.get(), chars(std::string(finished))));
}

Bytes MarkupWriter::finish() {
  check(xmlTextWriterEndDocument(writer_->text.get()));
  check(xmlTextWriterFlush(writer_->text.get()));
  return std::move(writer_->bytes);
}

}  // namespace mgc::audit
