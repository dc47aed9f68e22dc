import './variables.css';
import './base.css';
