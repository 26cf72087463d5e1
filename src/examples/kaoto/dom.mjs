// Kaoto's serializers want a DOM parser when they are loaded.
import { JSDOM } from 'jsdom';

const { window } = new JSDOM('');
globalThis.DOMParser = window.DOMParser;
globalThis.XMLSerializer = window.XMLSerializer;
globalThis.document = window.document;
globalThis.Node = window.Node;
globalThis.Element = window.Element;
